// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Terms under which an agent can be rented. They never change: who rents knows what they get.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param price Price of a period, base units; zero for a free one.
/// @param period Length of a period, seconds.
/// @param maxPeriods Most periods that one payment can buy.
/// @param callsPerPeriod Calls that each period adds to the quota; zero for no limit.
/// @param until Last second in which the offer can be taken, Unix time.
/// @param exclusive Whether nobody else can rent while such a lease runs; its tenant is the user of ERC-4907.
/// @param executor Who serves the calls and hands in receipts; zero for the owner of the token.
struct RentalTerms {
    address currency;
    uint96 price;
    uint32 period;
    uint32 maxPeriods;
    uint64 callsPerPeriod;
    uint64 until;
    bool exclusive;
    address executor;
}

/// @notice A lease as it stands.
/// @param offerId The offer, whose terms it has.
/// @param tokenId The token.
/// @param tenant Who may use the agent.
/// @param start Its start, Unix seconds.
/// @param end First second in which it no longer runs.
/// @param periods Periods paid for.
/// @param collected Periods whose price was credited to the owner of the token.
/// @param calls Calls made, by the last receipt.
struct Lease {
    uint256 offerId;
    uint256 tokenId;
    address tenant;
    uint256 start;
    uint256 end;
    uint256 periods;
    uint256 collected;
    uint256 calls;
}

/// @notice A tenant's word that so many calls were made since the lease began.
/// @param leaseId The lease.
/// @param calls The number: it only grows, so that the last receipt says it all.
/// @param signature The tenant's, of `Usage(uint256 leaseId,uint64 calls)` in the domain of this contract.
struct UsageReceipt {
    uint256 leaseId;
    uint64 calls;
    bytes signature;
}

/// @title Renting an agent: leases, subscriptions and quotas
/// @notice The owner offers terms; whoever takes them pays some periods ahead and may use the agent for that time. An
/// executor that serves the agent asks `mayUse` and `callsLeft`, and has a tenant sign how many calls were made.
/// Rent follows the token: a period's price is credited, from its begin on and when somebody calls `collectRent`, to
/// who owns the token then. A sale ends what was not paid for (the user that `setUser` named, every open offer); a paid
/// lease lasts to its end, and its tenant can have the periods back that have not begun. A token under a lock
/// takes no new leases, so that what was listed is what is sold.
interface IAgentRental {
    // ------------------------------------------------------------------ errors

    /// @notice There is no such offer.
    /// @param offerId The offer.
    error NoSuchOffer(uint256 offerId);

    /// @notice There is no such lease.
    /// @param leaseId The lease.
    error NoSuchLease(uint256 leaseId);

    /// @notice Terms need a period of at least a second, and at least one of them.
    /// @param period Length of a period, seconds.
    /// @param maxPeriods Most periods.
    error EmptyTerms(uint256 period, uint256 maxPeriods);

    /// @notice The offer was closed, has expired, or the token has another owner.
    /// @param offerId The offer.
    error OfferEnded(uint256 offerId);

    /// @notice More periods than the offer allows at once, or none.
    /// @param periods Periods asked for.
    /// @param maxPeriods Most periods.
    error BadPeriods(uint256 periods, uint256 maxPeriods);

    /// @notice The lease would last too long from now.
    /// @param seconds_ How long, seconds.
    /// @param limit The limit, seconds.
    error LeaseTooLong(uint256 seconds_, uint256 limit);

    /// @notice The tenant has a lease of this token already: extend it.
    /// @param tokenId The token.
    /// @param leaseId The lease.
    error LeaseRuns(uint256 tokenId, uint256 leaseId);

    /// @notice Somebody has the token for themselves.
    /// @param tokenId The token.
    /// @param until First second in which they no longer have it.
    error ExclusivelyLeased(uint256 tokenId, uint256 until);

    /// @notice The lease is over.
    /// @param leaseId The lease.
    /// @param end When it ended, Unix seconds.
    error LeaseOver(uint256 leaseId, uint256 end);

    /// @notice The zero address cannot be a tenant.
    error ZeroTenant();

    /// @notice Only the tenant may do this.
    /// @param leaseId The lease.
    /// @param caller Who tried.
    error NotTheTenant(uint256 leaseId, address caller);

    /// @notice All periods of the lease have begun.
    /// @param leaseId The lease.
    error NothingToCancel(uint256 leaseId);

    /// @notice No period's price is due.
    /// @param leaseId The lease.
    error NothingDue(uint256 leaseId);

    /// @notice Only the executor of the lease and the owner of the token hand in receipts.
    /// @param leaseId The lease.
    /// @param caller Who tried.
    error NotTheExecutor(uint256 leaseId, address caller);

    /// @notice The receipt says no more than is known.
    /// @param leaseId The lease.
    /// @param known Calls known.
    /// @param given Calls in the receipt.
    error OldReceipt(uint256 leaseId, uint256 known, uint256 given);

    /// @notice The receipt is above the quota of the periods that have begun.
    /// @param leaseId The lease.
    /// @param quota Calls allowed so far.
    /// @param given Calls in the receipt.
    error QuotaExceeded(uint256 leaseId, uint256 quota, uint256 given);

    /// @notice The receipt is not signed by the tenant.
    /// @param leaseId The lease.
    /// @param tenant The tenant.
    error BadReceipt(uint256 leaseId, address tenant);

    // ------------------------------------------------------------------ events

    /// @notice An agent can be rented.
    /// @param offerId The offer.
    /// @param tokenId The token.
    /// @param owner Its owner.
    /// @param terms The terms.
    event LeaseOffered(uint256 indexed offerId, uint256 indexed tokenId, address indexed owner, RentalTerms terms);

    /// @notice An offer can no longer be taken.
    /// @param offerId The offer.
    event OfferClosed(uint256 indexed offerId);

    /// @notice A lease began, or was extended or shortened.
    /// @param leaseId The lease.
    /// @param tokenId The token.
    /// @param tenant The tenant.
    /// @param periods Periods paid for from now on.
    /// @param end First second in which it no longer runs.
    event LeaseChanged(
        uint256 indexed leaseId, uint256 indexed tokenId, address indexed tenant, uint256 periods, uint256 end
    );

    /// @notice Rent became the owner's.
    /// @param leaseId The lease.
    /// @param owner Owner of the token.
    /// @param periods How many periods.
    event RentCollected(uint256 indexed leaseId, address indexed owner, uint256 periods);

    /// @notice Calls made under a lease so far.
    /// @param leaseId The lease.
    /// @param calls The number.
    event UsageRecorded(uint256 indexed leaseId, uint256 calls);

    // ----------------------------------------------------------------- actions

    /// @notice Offer an agent for rent. Its owner may.
    /// @param tokenId The token.
    /// @param terms The terms.
    /// @return offerId The offer; ids count from 1.
    function offerLease(uint256 tokenId, RentalTerms calldata terms) external returns (uint256 offerId);

    /// @notice Close an offer. The owner of its token may.
    /// @param offerId The offer.
    function closeOffer(uint256 offerId) external;

    /// @notice Take an offer; the caller pays all periods now.
    /// @param offerId The offer.
    /// @param tenant Who may use the agent.
    /// @param periods How many periods.
    /// @return leaseId The lease; ids count from 1.
    function rent(uint256 offerId, address tenant, uint32 periods) external payable returns (uint256 leaseId);

    /// @notice Pay more periods of a running lease, while its offer is open. Anyone may.
    /// @param leaseId The lease.
    /// @param periods How many more.
    function extendLease(uint256 leaseId, uint32 periods) external payable;

    /// @notice Give back the periods that have not begun; their price is credited to the caller, who is the tenant. Of
    /// a token that was burnt everything that was not collected comes back.
    /// @param leaseId The lease.
    /// @return refund What is credited, base units of the offer's currency.
    function cancelLease(uint256 leaseId) external returns (uint256 refund);

    /// @notice Credit the owner of the token with the price of all periods that have begun. Anyone may.
    /// @param leaseId The lease.
    /// @return amount What is credited, base units of the offer's currency.
    function collectRent(uint256 leaseId) external returns (uint256 amount);

    /// @notice Hand in receipts, one per lease. The executor of each lease and the owner of its token may.
    /// @param receipts The receipts.
    function recordUsage(UsageReceipt[] calldata receipts) external;

    // ------------------------------------------------------------------- views

    /// @notice Longest time from now to the end of a lease.
    /// @return Seconds.
    function MAX_LEASE() external view returns (uint256);

    /// @notice The terms of an offer.
    /// @param offerId The offer.
    /// @return tokenId The token.
    /// @return open Whether it can be taken now.
    /// @return terms The terms.
    function leaseOfferOf(uint256 offerId) external view returns (uint256 tokenId, bool open, RentalTerms memory terms);

    /// @notice A lease as it stands.
    /// @param leaseId The lease.
    /// @return The lease.
    function leaseOf(uint256 leaseId) external view returns (Lease memory);

    /// @notice The last lease of a tenant.
    /// @param tokenId The token.
    /// @param tenant The tenant.
    /// @return The lease; zero for none.
    function leaseIdOf(uint256 tokenId, address tenant) external view returns (uint256);

    /// @notice What `collectRent` would credit now.
    /// @param leaseId The lease.
    /// @return Base units of the offer's currency.
    function rentDue(uint256 leaseId) external view returns (uint256);

    /// @notice Calls that a tenant may still make now.
    /// @param leaseId The lease.
    /// @return The number; zero when the lease is over, the largest one when there is no limit.
    function callsLeft(uint256 leaseId) external view returns (uint256);

    /// @notice From when on no lease of a token runs, at the latest. Who buys a token looks here.
    /// @param tokenId The token.
    /// @return Unix seconds; zero when it was never leased.
    function leasedUntil(uint256 tokenId) external view returns (uint256);

    /// @notice Whether somebody may use an agent now: owner, authorised user, user of ERC-4907, or tenant with calls
    /// left. What an executor asks before it serves a call.
    /// @param tokenId The token.
    /// @param user The user.
    /// @return True when they may.
    function mayUse(uint256 tokenId, address user) external view returns (bool);
}
