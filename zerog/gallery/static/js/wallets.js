// Wallets: any EIP-1193 provider, and on a development chain the accounts of the node itself.

import { BrowserProvider, getAddress } from "../vendor/ethers.min.js";
import { WalletRefused } from "./errors.js";

const ANNOUNCED = new Map();

/** Listen for wallets that announce themselves (EIP-6963). */
export function discover() {
  window.addEventListener("eip6963:announceProvider", ({ detail }) => {
    if (detail?.info?.uuid && detail.provider) ANNOUNCED.set(detail.info.uuid, detail);
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

/** The wallets of this browser: [{name, provider}]. */
export function browserWallets() {
  const found = [...ANNOUNCED.values()].map(({ info, provider }) => ({ name: String(info.name).slice(0, 40), provider }));
  const injected = window.ethereum;
  if (injected && !found.some((one) => one.provider === injected)) {
    found.push({ name: "Browser wallet", provider: injected });
  }
  return found;
}

/** Accounts that the development node signs for; none elsewhere. */
export async function developmentAccounts(network) {
  if (!network.development) return [];
  try {
    return (await network.provider.send("eth_accounts", [])).map(getAddress);
  } catch {
    return []; // a node without accounts of its own
  }
}

/** Someone who can sign: {address, signer, label, sign(text)}. */
function person(address, signer, label) {
  return { address, signer, label, sign: (text) => signer.signTypedData(...text) };
}

export async function useDevelopmentAccount(network, address) {
  return person(address, await network.provider.getSigner(address), "development account");
}

async function onChain(provider, network) {
  const wanted = `0x${network.chainId.toString(16)}`;
  if (BigInt(await provider.request({ method: "eth_chainId" })) === BigInt(network.chainId)) return;
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: wanted }] });
  } catch (error) {
    if (error?.code !== 4902) throw wrongChain(network);
    const chain = {
      chainId: wanted,
      chainName: `0G chain ${network.chainId}`,
      rpcUrls: [network.endpoints.chain],
      nativeCurrency: { name: "0G", symbol: "0G", decimals: 18 },
    };
    await provider.request({ method: "wallet_addEthereumChain", params: [chain] });
  }
}

const wrongChain = (network) =>
  new WalletRefused("the wallet is on another chain", `switch it to chain ${network.chainId}`);

/** Ask a wallet for an account on this network's chain; changed() is called when it changes. */
export async function useBrowserWallet(network, { name, provider }, changed) {
  const accounts = await provider.request({ method: "eth_requestAccounts" });
  if (!accounts?.length) throw new WalletRefused("the wallet gave no account", "unlock it");
  await onChain(provider, network);
  const browser = new BrowserProvider(provider, network.chainId, { cacheTimeout: -1 });
  const address = getAddress(accounts[0]);
  provider.on?.("accountsChanged", changed);
  provider.on?.("chainChanged", changed);
  return person(address, await browser.getSigner(address), name);
}
