// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IAgentMarketEvents} from "../interfaces/IAgentMarketEvents.sol";

/// @title Spent and cancelled nonces of orders and offers
/// @notice Records are per signer: nobody spends a nonce of another. A signer who counts up pays one storage slot per
/// 256 messages. Orders and offers of one signer share the numbers.
library OrderNonces {
    using BitMaps for BitMaps.BitMap;

    /// @notice The records.
    /// @param spent Bitmaps of used and singly cancelled nonces.
    /// @param floors Lowest nonce of each signer that can still be good.
    struct Records {
        mapping(address signer => BitMaps.BitMap) spent;
        mapping(address signer => uint256) floors;
    }

    /// @notice Whether a nonce is used or cancelled.
    /// @param records The records.
    /// @param signer The signer.
    /// @param nonce The nonce.
    /// @return True when it is.
    function isSpent(Records storage records, address signer, uint256 nonce) internal view returns (bool) {
        return nonce < records.floors[signer] || records.spent[signer].get(nonce);
    }

    /// @notice Use a nonce.
    /// @param records The records.
    /// @param signer The signer.
    /// @param nonce The nonce.
    function spend(Records storage records, address signer, uint256 nonce) internal {
        mapping(uint256 bucket => uint256) storage words = records.spent[signer]._data;
        uint256 word = words[nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        bool spent = nonce < records.floors[signer] || word & bit != 0;
        require(!spent, IAgentMarketEvents.NonceSpent(signer, nonce));
        // One read of the word: this is in every sale.
        words[nonce >> 8] = word | bit;
    }

    /// @notice Cancel a nonce, used or not.
    /// @param records The records.
    /// @param signer The signer.
    /// @param nonce The nonce.
    function cancel(Records storage records, address signer, uint256 nonce) internal {
        records.spent[signer].set(nonce);
    }

    /// @notice Cancel all nonces below one.
    /// @param records The records.
    /// @param signer The signer.
    /// @param floor Lowest nonce that can still be good; a lower one than before changes nothing.
    /// @return The lowest one that holds from now on.
    function cancelBelow(Records storage records, address signer, uint256 floor) internal returns (uint256) {
        uint256 before = records.floors[signer];
        if (floor <= before) return before;
        records.floors[signer] = floor;
        return floor;
    }
}
