// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IReputationRegistry8004} from "../interfaces/agentic/IReputationRegistry8004.sol";

/// @title Entries of a reputation registry
/// @notice Who said what about which agent; entries count from 1 per agent and client. What a registry refuses is the
/// registry's to say: nothing here checks an index.
library FeedbackBook {
    /// @notice One entry as it is kept.
    /// @param value Its value.
    /// @param valueDecimals Decimals of the value.
    /// @param isRevoked Whether the client took it back.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    struct Entry {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        string tag1;
        string tag2;
    }

    /// @notice One entry as it is given.
    /// @param agentId The agent.
    /// @param value Its value.
    /// @param valueDecimals Decimals of the value.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    /// @param endpoint What was used.
    /// @param feedbackURI Where more is said.
    /// @param feedbackHash keccak256 of what is there.
    struct Note {
        uint256 agentId;
        int128 value;
        uint8 valueDecimals;
        string tag1;
        string tag2;
        string endpoint;
        string feedbackURI;
        bytes32 feedbackHash;
    }

    /// @notice Which entries are wanted.
    /// @param agentId The agent.
    /// @param clients Whose.
    /// @param tag1 keccak256 of the first tag wanted; of nothing for any.
    /// @param tag2 keccak256 of the second tag wanted; of nothing for any.
    /// @param includeRevoked Whether those taken back count.
    struct Query {
        uint256 agentId;
        address[] clients;
        bytes32 tag1;
        bytes32 tag2;
        bool includeRevoked;
    }

    /// @notice Entries as parallel lists.
    /// @param clients Who wrote each.
    /// @param indexes Number of each.
    /// @param values Value of each.
    /// @param decimals Decimals of each value.
    /// @param tag1s First tag of each.
    /// @param tag2s Second tag of each.
    /// @param revoked Whether each was taken back.
    struct Lists {
        address[] clients;
        uint64[] indexes;
        int128[] values;
        uint8[] decimals;
        string[] tag1s;
        string[] tag2s;
        bool[] revoked;
    }

    /// @notice All entries of a registry, and who answered them.
    /// @param entries The entries.
    /// @param last Number of the last entry.
    /// @param clients Who rated an agent, each once.
    /// @param responders Who answered an entry, each once.
    /// @param responses How often somebody answered an entry.
    struct Book {
        mapping(uint256 agentId => mapping(address client => mapping(uint64 index => Entry))) entries;
        mapping(uint256 agentId => mapping(address client => uint64)) last;
        mapping(uint256 agentId => address[]) clients;
        mapping(uint256 agentId => mapping(address client => mapping(uint64 index => address[]))) responders;
        mapping(uint256 agentId => mapping(address client => mapping(uint64 index => mapping(address => uint64))))
            responses;
    }

    bytes32 private constant NOTHING = keccak256("");

    /// @notice Add an entry of the caller's, and tell.
    /// @param book The entries.
    /// @param note The entry.
    /// @return index Its number.
    function add(Book storage book, Note memory note) internal returns (uint64 index) {
        index = ++book.last[note.agentId][msg.sender];
        if (index == 1) book.clients[note.agentId].push(msg.sender);
        book.entries[note.agentId][msg.sender][index] =
            Entry(note.value, note.valueDecimals, false, note.tag1, note.tag2);
        emit IReputationRegistry8004.NewFeedback(
            note.agentId,
            msg.sender,
            index,
            note.value,
            note.valueDecimals,
            note.tag1,
            note.tag1,
            note.tag2,
            note.endpoint,
            note.feedbackURI,
            note.feedbackHash
        );
    }

    /// @notice Count an answer of the caller's.
    /// @param book The entries.
    /// @param agentId The agent.
    /// @param client The client.
    /// @param index Number of the entry.
    /// @return before How many answers of the caller's there were.
    function respond(Book storage book, uint256 agentId, address client, uint64 index)
        internal
        returns (uint64 before)
    {
        before = book.responses[agentId][client][index][msg.sender]++;
        if (before == 0) book.responders[agentId][client][index].push(msg.sender);
    }

    /// @notice A query for the entries of some clients.
    /// @param book The entries.
    /// @param agentId The agent.
    /// @param clients Whose; empty for everybody's.
    /// @param tag1 First tag wanted; empty for any.
    /// @param tag2 Second tag wanted; empty for any.
    /// @param includeRevoked Whether those taken back count.
    /// @return The query.
    function query(
        Book storage book,
        uint256 agentId,
        address[] memory clients,
        string memory tag1,
        string memory tag2,
        bool includeRevoked
    ) internal view returns (Query memory) {
        if (clients.length == 0) clients = book.clients[agentId];
        return Query(agentId, clients, keccak256(bytes(tag1)), keccak256(bytes(tag2)), includeRevoked);
    }

    /// @notice The entries that a query wants.
    /// @param book The entries.
    /// @param wanted The query.
    /// @return lists The entries.
    function list(Book storage book, Query memory wanted) internal view returns (Lists memory lists) {
        lists = _empty(_count(book, wanted));
        uint256 at = 0;
        for (uint256 i = 0; i < wanted.clients.length; ++i) {
            address client = wanted.clients[i];
            uint64 last = book.last[wanted.agentId][client];
            for (uint64 index = 1; index <= last; ++index) {
                Entry storage entry = book.entries[wanted.agentId][client][index];
                if (!matches(entry, wanted)) continue;
                lists.clients[at] = client;
                lists.indexes[at] = index;
                _fill(lists, at++, entry);
            }
        }
    }

    /// @notice Sum of the entries that a query wants, and how many have which decimals.
    /// @param book The entries.
    /// @param wanted The query.
    /// @return count How many entries there are.
    /// @return total Their sum, at 18 decimals.
    /// @return most The decimals that most of them have; the smallest of several.
    function sum(Book storage book, Query memory wanted)
        internal
        view
        returns (uint64 count, int256 total, uint8 most)
    {
        uint64[19] memory having;
        for (uint256 i = 0; i < wanted.clients.length; ++i) {
            uint64 last = book.last[wanted.agentId][wanted.clients[i]];
            for (uint64 index = 1; index <= last; ++index) {
                Entry storage entry = book.entries[wanted.agentId][wanted.clients[i]][index];
                if (!matches(entry, wanted)) continue;
                ++count;
                ++having[entry.valueDecimals];
                total += scaled(entry.value, entry.valueDecimals);
            }
        }
        for (uint8 i = 1; i < 19; ++i) {
            if (having[i] > having[most]) most = i;
        }
    }

    /// @notice How often some people answered.
    /// @param book The entries.
    /// @param agentId The agent.
    /// @param client To whose entries; zero for everybody's.
    /// @param index To which entry; zero for all of the client's.
    /// @param responders Whose answers; empty for everybody's.
    /// @return count Their number.
    function responseCount(
        Book storage book,
        uint256 agentId,
        address client,
        uint64 index,
        address[] calldata responders
    ) internal view returns (uint64 count) {
        address[] memory whose = new address[](1);
        whose[0] = client;
        if (client == address(0)) whose = book.clients[agentId];
        for (uint256 i = 0; i < whose.length; ++i) {
            bool one = index != 0 && client != address(0);
            uint64 last = one ? index : book.last[agentId][whose[i]];
            for (uint64 at = one ? index : 1; at <= last; ++at) {
                count += _answers(book, agentId, whose[i], at, responders);
            }
        }
    }

    /// @notice Whether an entry is among those that a query wants.
    /// @param entry The entry.
    /// @param wanted The query.
    /// @return True when it is.
    function matches(Entry storage entry, Query memory wanted) internal view returns (bool) {
        if (entry.isRevoked && !wanted.includeRevoked) return false;
        if (wanted.tag1 != NOTHING && wanted.tag1 != keccak256(bytes(entry.tag1))) return false;
        return wanted.tag2 == NOTHING || wanted.tag2 == keccak256(bytes(entry.tag2));
    }

    /// @notice A value at 18 decimals.
    /// @param value The value.
    /// @param decimals Its decimals, at most 18.
    /// @return The same value with 18 decimals.
    function scaled(int128 value, uint8 decimals) internal pure returns (int256) {
        return int256(value) * int256(10 ** uint256(18 - decimals));
    }

    function _answers(Book storage book, uint256 agentId, address client, uint64 index, address[] calldata responders)
        private
        view
        returns (uint64 count)
    {
        address[] memory whose = responders;
        if (responders.length == 0) whose = book.responders[agentId][client][index];
        for (uint256 i = 0; i < whose.length; ++i) {
            count += book.responses[agentId][client][index][whose[i]];
        }
    }

    function _count(Book storage book, Query memory wanted) private view returns (uint256 count) {
        for (uint256 i = 0; i < wanted.clients.length; ++i) {
            uint64 last = book.last[wanted.agentId][wanted.clients[i]];
            for (uint64 index = 1; index <= last; ++index) {
                if (matches(book.entries[wanted.agentId][wanted.clients[i]][index], wanted)) ++count;
            }
        }
    }

    function _fill(Lists memory lists, uint256 at, Entry storage entry) private view {
        lists.values[at] = entry.value;
        lists.decimals[at] = entry.valueDecimals;
        lists.tag1s[at] = entry.tag1;
        lists.tag2s[at] = entry.tag2;
        lists.revoked[at] = entry.isRevoked;
    }

    function _empty(uint256 n) private pure returns (Lists memory) {
        return Lists(
            new address[](n),
            new uint64[](n),
            new int128[](n),
            new uint8[](n),
            new string[](n),
            new string[](n),
            new bool[](n)
        );
    }
}
