// Codes in context (clause 12.6) and integers (clause 12.9): the frequency of a decision is mixed from what was seen in several contexts.
const MOST_MIXED = 2 ** 16, MASK = 2n ** 64n - 1n; // values that a page has the patience for
const floorShift = (value, bits) => Math.floor(value / 2 ** bits); // of numbers beyond 32 bits, too
// The logistic function, its inverse, and the part of an error by which a probability moves after each count.
const mixingTables = (numbers) => {
  const { logits: most, stretch_bits: stretch, rate_bits: rate, count_limit: longest, precision } = numbers, positive = [];
  for (let decay = 1n << 40n; positive.length < most; decay = decay * 511n / 513n) positive.push(Number((1n << BigInt(precision + 40)) / ((1n << 40n) + decay)));
  const logistic = [...positive.slice(1).reverse().map((value) => 2 ** precision - value), ...positive];
  const logits = Int16Array.from({ length: 2 ** stretch }), rates = Array.from({ length: longest + 1 }, (_, count) => Math.floor(2 ** (rate + 1) / (2 * count + 3)));
  for (let place = 0, below = 0; place < logits.length; place++) {
    while (below < logistic.length && logistic[below] <= (2 * place + 1) * 2 ** (precision - stretch - 1)) below++;
    logits[place] = below - most;
  }
  return { logistic, logits, rates };
};
class Mixture {
  constructor(decoder, numbers, inputs, sets, nodes) {
    const { slot_bits: slots, line_bits: line, probability_bits: wide, first_weights: first } = numbers;
    Object.assign(this, { decoder, numbers, ...mixingTables(numbers), lines: BigInt(nodes + 2 ** line - 1 >> line), hash: BigInt(numbers.hash), shift: BigInt(64 - slots + line) });
    this.probabilities = new Int32Array(2 ** slots).fill(2 ** (wide - 1));
    this.counts = new Uint8Array(2 ** slots);
    this.weights = Array.from({ length: sets }, () => new Float64Array(inputs).fill(Math.floor(first / inputs)));
    this.contexts = Array.from({ length: inputs }, () => 0n);
  }
  setContext(i, context) { this.contexts[i] = (BigInt(context) * BigInt(this.contexts.length) + BigInt(i)) * this.lines * this.hash & MASK; }
  placeOf(i, node) {
    const { line_bits: line } = this.numbers;
    return Number((this.contexts[i] + BigInt(node >> line) * this.hash & MASK) >> this.shift) * 2 ** line + node % 2 ** line;
  }
  logitOf(place) { return this.logits[this.probabilities[place] >> this.numbers.probability_bits - this.numbers.stretch_bits]; }
  update(place, bit) {
    const { probability_bits: wide, rate_bits: rate, count_limit: longest } = this.numbers, count = this.counts[place];
    this.probabilities[place] += floorShift((bit * 2 ** wide - this.probabilities[place]) * this.rates[count], rate);
    this.counts[place] = Math.min(count + 1, longest);
  }
  decide(set, node) {
    const { logits: most, weight_bits: fraction, learning_shift: learning, precision } = this.numbers, weights = this.weights[set];
    const places = this.contexts.map((_, i) => this.placeOf(i, node)), inputs = places.map((place) => this.logitOf(place));
    const logit = floorShift(inputs.reduce((sum, input, i) => sum + weights[i] * input, 0), fraction);
    const ones = this.logistic[Math.min(Math.max(logit, 1 - most), most - 1) + most - 1], bit = this.decoder.decide(ones, 2 ** precision), error = bit * 2 ** precision - ones;
    places.forEach((place, i) => { weights[i] += floorShift(error * inputs[i] + 2 ** (learning - 1), learning); this.update(place, bit); });
    return bit;
  }
  decideAlone(i, node) {
    const { logits: most, precision } = this.numbers, place = this.placeOf(i, node), bit = this.decoder.decide(this.logistic[this.logitOf(place) + most - 1], 2 ** precision);
    this.update(place, bit);
    return bit;
  }
}
// The last two dimensions are rows and columns. `at` is a value before the present one, and `other` outside the array.
function planesOf(shape, values) {
  const [rows, columns] = [1, ...shape].slice(-2);
  return { rows, columns, at: (plane, row, column, other) => (plane >= 0 && row >= 0 && column >= 0 && column < columns ? values[(plane * rows + row) * columns + column] : other) };
}
CODINGS.context = (decoder, values, { alphabet, shape }, numbers) => {
  const { line_bits: lineBits, context: { contexts, mixed } } = numbers, { rows, columns, at } = planesOf(shape, values), line = 2 ** lineBits, bits = 32 - Math.clz32(alphabet - 1);
  const model = new Mixture(decoder, numbers, contexts, 2 + mixed, line << bits);
  const digits = () => {
    let coded = 0, outer = 1, inner = 1;
    for (let place = 0; place < bits; place++) {
      const node = outer << lineBits | inner, isCoded = (2 * coded + 1) * 2 ** (bits - 1 - place) < alphabet;
      const digit = isCoded ? place < mixed ? model.decide(2 + place, node) : model.decideAlone(0, node) : 0;
      coded = 2 * coded + digit;
      inner = 2 * inner + digit;
      if (inner >= line) [outer, inner] = [(1 << place + 1) + coded, 1]; // the next digits have a line of their own
    }
    return coded;
  };
  for (let i = 0; i < values.length; i++) {
    const column = i % columns, row = Math.floor(i / columns) % rows, plane = Math.floor(i / columns / rows);
    let above = row ? at(plane, row - 1, column) : 0;
    const left = column ? at(plane, row, column - 1) : above;
    if (!row) above = left;
    const corner = row && column ? at(plane, row - 1, column - 1) : above, other = row ? at(plane, row - 1, column + 1, above) : above, size = BigInt(alphabet);
    const pair = BigInt(left) * size + BigInt(above), alike = Number(left === above) | Number(above === corner) << 1 | Number(above === other) << 2 | Number(left === corner) << 3;
    [alike, left, above, pair, (pair * size + BigInt(corner)) * size + BigInt(other), plane ? at(plane - 1, row, column) + 1 : 0].forEach((context, place) => model.setContext(place, context));
    if (model.decide(0, line)) values[i] = left;
    else if (left !== above && model.decide(1, 0)) values[i] = above;
    else { model.setContext(0, 0); values[i] = digits(); }
  }
};
CODINGS.integers = (decoder, values, { shape }, numbers) => {
  const { contexts, longest, mixed, wide: alone } = numbers.integers, { rows, columns, at } = planesOf(shape, values), size = rows * columns, energy = new Float64Array(size);
  const length0 = 1, digit0 = 32, nodes = digit0 + longest + 1, model = new Mixture(decoder, numbers, contexts, nodes, nodes);
  const nodeOf = (node, length) => (length <= mixed ? model.decide(node, node) : model.decideAlone(alone, node));
  const grade = (number) => {
    let length = 0;
    while (length < 9 && floorShift(number, length)) length++;
    return length < 2 ? number : Math.min(2 * length - 2 + floorShift(number, length - 2) % 2, 15);
  };
  const magnitude = () => {
    let length = 1;
    while (length < longest && nodeOf(length0 + length, length)) length++;
    if (length === 1) return 1;
    const least = (2 + nodeOf(digit0 + length, length)) * 2 ** (length - 2);
    return least + (length > 2 ? evenNumber(decoder, 2 ** (length - 2), numbers) : 0);
  };
  for (let i = 0; i < values.length; i++) {
    const column = i % columns, row = Math.floor(i / columns) % rows, channel = Math.floor(i / size), near = (down, right) => at(channel, row + down, column + right, 0);
    if (i && i % size === 0) for (let place = 0; place < size; place++) energy[place] += Math.abs(values[i - size + place]);
    const sum = (down, right) => (row + down >= 0 && row + down < rows && column + right >= 0 && column + right < columns ? energy[(row + down) * columns + column + right] : 0);
    const [left, above, corner, other] = [near(0, -1), near(-1, 0), near(-1, -1), near(-1, 1)].map(Math.abs), around = 2 * (left + above) + corner + other, here = sum(0, 0);
    const wide = around + Math.abs(near(0, -2)) + Math.abs(near(-2, 0)), sums = 2 * here + sum(-1, 0) + sum(0, -1) + sum(1, 0) + sum(0, 1), least = (number) => Math.min(number, 3), sides = least(left) << 2 | least(above);
    [channel, grade(around) << 4 | grade(here), sides << 4 | least(corner) << 2 | least(other), grade(wide) << 4 | grade(sums), row * columns + column, channel << 4 | sides, channel * rows + row]
      .forEach((context, place) => model.setContext(place, context));
    if (!model.decide(0, 0)) continue;
    const found = magnitude(), sign = (value) => (value > 0 ? 1 : value < 0 ? 2 : 0), pairs = 3 * sign(near(0, -1)) + sign(near(-1, 0)), corners = 3 * sign(near(-1, -1)) + sign(near(-1, 1));
    const before = 3 * sign(at(channel - 1, row, column, 0)) + sign(at(channel - 2, row, column, 0));
    [channel, 9 * channel + pairs, 9 * corners + pairs, 9 * channel + before, 9 * before + pairs, channel * columns + column, channel * rows + row].forEach((context, place) => model.setContext(place, context));
    values[i] = model.decide(1, 1) ? -found : found;
  }
};
