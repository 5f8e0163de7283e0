// Errors a person can meet: one line, the cause, then the mend.

export class GalleryError extends Error {
  constructor(cause, mend = "") {
    super(mend ? `${cause}; ${mend}` : cause);
    this.name = new.target.name;
  }
}

/** Bytes that do not match the proof, tag or hash that stands for them. */
export class Tampered extends GalleryError {}

/** A rule says no. */
export class Refused extends GalleryError {}

/** A service does not answer. */
export class Unreachable extends GalleryError {}

/** The wallet does not do what was asked. */
export class WalletRefused extends GalleryError {}

const REVERTS = {
  NotDeposited: "the committee does not hold this agent's key; zerog inft committee deposit",
  TermsChanged: "the listing has changed; look at it again",
  ListingOver: "the listing has ended; ask the seller to list it again",
  AlreadyListed: "the agent is listed already; delist it first",
  WrongState: "the listing is in another state now; look at it again",
  TokenLocked: "the agent is locked by a listing, a rental or an escrow; end that first",
};

/** One line for any error, also those of a wallet or of ethers. */
export function lineOf(error) {
  if (error instanceof GalleryError) return error.message;
  const code = error?.info?.error?.code ?? error?.code;
  if (code === 4001 || code === "ACTION_REJECTED") return "you refused in the wallet; nothing was sent";
  if (code === "INSUFFICIENT_FUNDS") return "the account cannot pay for this; fund it first";
  if (code === "NETWORK_ERROR") return "the chain does not answer; is the stack up? zerog status";
  if (error?.revert?.name) {
    const known = REVERTS[error.revert.name];
    return known ?? `the chain refuses: ${error.revert.name}`;
  }
  const text = String(error?.shortMessage ?? error?.message ?? error);
  return text.split("\n", 1)[0].slice(0, 200);
}
