// Arrays of codes and of sets in a range codeword (clause 5), under the codings that need no table and no model.
const MOST_CODES = 2 ** 18, MOST_STEPS = 2 ** 20; // what a page has the patience for
class RangeDecoder {
  constructor(bytes, { state_bits: state, word_bits: word }, misfit) {
    Object.assign(this, { bytes, word, misfit, taken: 0, range: (1n << BigInt(state)) - 1n, point: 0n });
    while (this.taken < state / word) this.shift();
  }
  get position() { return this.word * this.taken - this.range.toString(2).length; }
  shift() {
    for (let i = 0, size = this.word / 8; i < size; i++) this.point = this.point << 8n | BigInt(this.bytes[this.taken * size + i] ?? 0);
    this.taken++;
  }
  renew() { if (this.range < 1n << BigInt(this.word)) { this.shift(); this.range <<= BigInt(this.word); } }
  // The place among `total` frequencies at which the codeword points; `keep` takes the span of the symbol that is there.
  place(total) {
    this.scale = this.range / BigInt(total);
    const found = this.point / this.scale;
    if (found >= total) this.misfit();
    return Number(found);
  }
  keep(below, frequency) {
    this.point -= this.scale * BigInt(below);
    this.range = this.scale * BigInt(frequency);
    this.renew();
  }
  digit(count) {
    const found = this.place(count);
    this.keep(found, 1);
    return found;
  }
  // A decision: the rarer symbol comes first, and the likelier one takes the remainder of the range.
  decide(ones, total) {
    const scale = this.range / BigInt(total), rare = Number(2 * ones < total), split = scale * BigInt(rare ? ones : total - ones), isRare = this.point < split;
    if (isRare) this.range = split;
    else { this.range -= split; this.point -= split; }
    this.renew();
    return isRare ? rare : 1 - rare;
  }
}
// Symbols under frequencies that are counted: the sums are those of a Fenwick tree.
class Counts {
  constructor(symbols, start, step) {
    Object.assign(this, { step, frequencies: new Int32Array(symbols).fill(start), sums: Int32Array.from({ length: symbols + 1 }, (_, i) => start * (i & -i)), total: start * symbols });
  }
  decode(decoder) {
    const target = decoder.place(this.total), { sums } = this;
    let symbol = 0, below = 0;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, sums.length - 1))); step; step >>= 1) {
      if (symbol + step < sums.length && below + sums[symbol + step] <= target) { symbol += step; below += sums[symbol]; }
    }
    decoder.keep(below, this.frequencies[symbol]);
    this.frequencies[symbol] += this.step;
    this.total += this.step;
    for (let place = symbol + 1; place < sums.length; place += place & -place) sums[place] += this.step;
    return symbol;
  }
}
// A number below `count`, all equally likely; of a large one the last bits are a digit of their own.
function evenNumber(decoder, count, { precision, digit_bits: low }) {
  if (count <= 2 ** precision) return decoder.digit(count);
  const last = Math.floor((count - 1) / 2 ** low), high = decoder.digit(last + 1);
  return high * 2 ** low + decoder.digit(high === last ? (count - 1) % 2 ** low + 1 : 2 ** low);
}
// By the coding: a function that fills an array.
const CODINGS = {
  uniform(decoder, values, { alphabet }, numbers) { for (let i = 0; i < values.length; i++) values[i] = evenNumber(decoder, alphabet, numbers); },
  adaptive(decoder, values, { alphabet }, { count_step: step }) {
    const counts = new Counts(alphabet, 1, step);
    for (let i = 0; i < values.length; i++) values[i] = counts.decode(decoder);
  },
  graded(decoder, values, { alphabet }, numbers) {
    const { graded_start: start, count_step: step } = numbers, lengths = new Counts(33 - Math.clz32(alphabet - 1), start, step), digits = new Counts(2, start, step);
    for (let i = 0; i < values.length; i++) {
      const length = values[i] = lengths.decode(decoder), half = 2 ** (length - 2);
      if (length < 2) continue;
      const least = (2 + (alphabet > 3 * half ? digits.decode(decoder) : 0)) * half; // else no number has the digit 1
      if (least >= alphabet) decoder.misfit();
      values[i] = least + evenNumber(decoder, Math.min(half, alphabet - least), numbers);
    }
  },
  sets(decoder, values, { alphabet, members }) {
    for (let begin = 0; begin < values.length; begin += members) {
      for (let place = 0, index = 0; place < members; place++) {
        while (members - place < alphabet - index && !decoder.decide(members - place, alphabet - index)) index++;
        values[begin + place] = index++;
      }
    }
  },
};
STEPS.codes = (bits, step, { scope, prefix, component, clause }) => {
  const numbers = bits.file.format.range_coder, start = bits.at, { alphabet, members, values: count } = scope, isMixed = ["context", "integers"].includes(step.coding);
  if (count > (isMixed ? MOST_MIXED : MOST_CODES) || (members && count / members * alphabet > MOST_STEPS)) return STEPS.rest(bits, { path: "codeword", opaque: true }, { prefix, component, clause });
  const misfit = () => bits.fail(step.rules.misfit, start, `${prefix}codeword`, "the codeword fits no symbol");
  const values = new Float64Array(count), decoder = new RangeDecoder(bits.octets(bits.left >> 3), numbers, misfit), end = bits.at;
  const shape = scope.size.map((each) => each.size_minus_1 + 1);
  if ((isMixed || members) && decoder.point >= decoder.range) misfit();
  CODINGS[step.coding](decoder, values, { ...scope, shape }, numbers);
  component.codes = { shape, alphabet, values, noun: step.path };
  bits.at = start;
  bits.skip(Math.min(decoder.position, end - start), prefix + step.path, null, clause);
  return bits.skip(end - bits.at, `${prefix}padding`, null, clause);
};
