//! The random words that everything else is drawn from.

use super::Generator;

/// "expand 32-byte k"
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Columns, then diagonals, of the 4 × 4 state: what a double round mixes.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The key stream of ChaCha with 8 rounds (Bernstein, 2008) as 32-bit words: the 64-bit block counter starts
/// at 0 and the nonce is 0.
#[derive(Clone, Debug)]
pub struct ChaCha8 {
    key: [u32; 8],
    /// Blocks made so far.
    counter: u64,
    block: [u32; 16],
    /// Words of `block` given so far.
    used: usize,
}

impl ChaCha8 {
    pub fn new(key: [u8; 32]) -> Self {
        let word = |word: usize| u32::from_le_bytes(std::array::from_fn(|byte| key[4 * word + byte]));
        Self { key: std::array::from_fn(word), counter: 0, block: [0; 16], used: 16 }
    }

    fn next_block(&mut self) {
        let mut input = [0; 16];
        input[..4].copy_from_slice(&CONSTANTS);
        input[4..12].copy_from_slice(&self.key);
        (input[12], input[13]) = (self.counter as u32, (self.counter >> 32) as u32);
        let mut state = input;
        for _ in 0..4 {
            QUARTERS.iter().for_each(|&quarter| quarter_round(&mut state, quarter));
        }
        self.block = std::array::from_fn(|index| state[index].wrapping_add(input[index]));
        self.counter += 1;
        self.used = 0;
    }
}

fn quarter_round(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for [left, right] in [[16, 12], [8, 7]] {
        state[a] = state[a].wrapping_add(state[b]);
        state[d] = (state[d] ^ state[a]).rotate_left(left);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_left(right);
    }
}

impl Generator for ChaCha8 {
    fn word(&mut self) -> u32 {
        if self.used == self.block.len() {
            self.next_block();
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words `from`… of the stream of `key`.
    fn words(key: [u8; 32], from: usize) -> [u32; 4] {
        let mut generator = ChaCha8::new(key);
        (0..from).for_each(|_| _ = generator.word());
        std::array::from_fn(|_| generator.word())
    }

    /// Test vectors TC1 and TC2 for 8 rounds and a 256-bit key of draft-strombergson-chacha-test-vectors:
    /// the key stream `3e00ef2f 895f40d6 …` is that of the key 0, `d2aefa0d eaa5c151 …` its second block, and
    /// `cf5ee9a0 494aa961 …` that of the key whose first byte is 1. A word is four bytes, the lowest first.
    #[test]
    fn gives_the_published_stream() {
        let one = std::array::from_fn(|byte| u8::from(byte == 0));
        assert_eq!(words([0; 32], 0), [0x2fef_003e, 0xd640_5f89, 0xe8b8_5b7f, 0xa1a5_091f]);
        assert_eq!(words([0; 32], 16), [0x0dfa_aed2, 0x51c1_a5ea, 0x6cdb_0abf, 0xada5_f201]);
        assert_eq!(words(one, 0), [0xa0e9_5ecf, 0x61a9_4a49, 0xedd5_053e, 0x4b80_5b72]);
    }
}
