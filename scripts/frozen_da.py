"""What the official clients and nodes of data availability call and read: ids that never change.

0glabs/0g-da-contract: contracts/DAEntrance.sol, contracts/interface/IDASigners.sol;
0gfoundation/0g-da-contract: contracts/DARegistry.sol. The response of sampling is a struct of our
own, so `submitSamplingResponse` has another selector and is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

POINT: Final = "(uint256,uint256)"
POINT2: Final = "(uint256[2],uint256[2])"
DETAIL: Final = f"(address,string,{POINT},{POINT2})"
SUBMISSION: Final = f"(bytes32,uint256,uint256,{POINT},bytes,{POINT2},{POINT})"

FUNCTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "DAEntrance": {
        "submitOriginalData(bytes32[])": "d4ae59c9",
        f"submitVerifiedCommitRoots({SUBMISSION}[])": "eafed6ce",
        "verifiedErasureCommitment(bytes32,uint256,uint256)": "9da3a69b",
        "commitmentExists(bytes32,uint256,uint256)": "6a53525d",
        "sampleTask()": "988ea94e",
        "sampleRange()": "6efc2555",
        "sync()": "fff6cae9",
        "syncFixedTimes(uint256)": "e051d1ea",
        "donate()": "ed88c68e",
        "blobPrice()": "3d00448a",
        "epochWindowSize()": "3e898337",
        "nextSampleHeight()": "7397eb33",
        "samplePeriod()": "98920f57",
    },
    "DASigners": {
        "params()": "cff0ab96",
        "epochNumber()": "f4145a83",
        "quorumCount(uint256)": "5ecba503",
        "isSigner(address)": "7df73e27",
        "getSigner(address[])": "d1f5e5f8",
        "getQuorum(uint256,uint256)": "6ab6f654",
        "getQuorumRow(uint256,uint256,uint32)": "fa6fcba6",
        f"registerSigner({DETAIL},{POINT})": "7ca4dd5e",
        "updateSocket(string)": "0cf4b767",
        "registeredEpoch(address,uint256)": "6c9e560c",
        f"registerNextEpoch(address,{POINT},uint256)": "0f62bda5",
        "makeEpoch()": "5a889f0c",
        "getAggPkG1(uint256,uint256,bytes)": "50b73739",
    },
    "DARegistry": {
        f"registerSigner({DETAIL},{POINT})": "7ca4dd5e",
        f"registerNextEpoch({POINT})": "56a32372",
        "stake()": "3a4b66f1",
        "staked(address)": "98807d84",
        "withdraw()": "3ccfd60b",
        "setParams(uint256,uint256)": "c0324c77",
    },
}
"""Contract -> function -> selector."""

TOPICS: Final[Mapping[str, Mapping[str, str]]] = {
    "DAEntrance": {
        "DataUpload(address,bytes32,uint256,uint256,uint256)": (
            "57b8b1a6583dc6ce934dfba3d66f2a8e1591b6e171bb2e0921cc64640277087b"
        ),
        "ErasureCommitmentVerified(bytes32,uint256,uint256)": (
            "0f1b20d87bebd11dddaaab51f01cf2726880cb3f8073b636dbafa2aa8cacd256"
        ),
        "NewSampleRound(uint256,uint256,bytes32,uint256)": (
            "dfb5db5886e81f083727f21152a2a83457e99364e9f104e1aa10bbd6d9b4b95f"
        ),
        "DAReward(address,uint256,uint256,uint256,bytes32,uint256,uint256,uint256,uint256)": (
            "c3898eb7106c1cb2f727da316a76320c0035f5692950aa7f6b65d20a5efaedc5"
        ),
    },
    "DASigners": {
        f"NewSigner(address,{POINT},{POINT2})": (
            "679917c2006df1daaa987a56bf1d66e99764d5ad317892d9e83a6eb4e3f051e7"
        ),
        "SocketUpdated(address,string)": (
            "09617a966176a40f8f1410768b118506db0096484acd5811064fcc12038798de"
        ),
    },
    "DARegistry": {
        "Staked(address,uint256)": (
            "9e71bc8eea02a63969f509818f2dafb9254532904319f9dbda79b67bd34a5f3d"
        ),
        "Withdraw(address,uint256)": (
            "884edad9ce6fa2440d8a54cc123490eb96d2768479d49ff9c7366125a9424364"
        ),
    },
}
"""Contract -> event -> topic 0."""
