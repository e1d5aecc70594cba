// Maps whose pixels need no model: run lengths (clause 7.3), and generic regions of JBIG2 (clause 7.4).
STEPS.map_runs = (bits, step, { sizes, prefix, component, clause }) => {
  const { parameter_bits: wide } = bits.file.format.maps.run_lengths;
  component.maps = sizes.map((size, i) => {
    const start = bits.at, path = `${prefix}${i}`, total = size.width * size.height, pixels = new Uint8Array(total), ends = new Int32Array(total);
    const bit = () => { bits.need(1, step.rules.truncated, start, path); return bits.bit(); };
    const number = (count) => { let value = 0; for (let place = 0; place < count; place++) value = 2 * value + bit(); return value; };
    let colour = bit(), at = 0, above = 0, runs = 0;
    const k = number(wide);
    // An Exp-Golomb code; a value above `largest` is broken as early as its prefix shows it.
    const value = (largest, first) => {
      let zeros = 0, found = 0;
      while (found <= largest && !bit()) found = (2 ** ++zeros - 1) * 2 ** k;
      if (found <= largest) found = (2 ** zeros + number(zeros) - 1) * 2 ** k + number(k);
      if (found > largest) bits.fail(step.rules.run, first, path, `a run is longer than the ${largest + 1} pixels left`);
      return found;
    };
    while (at < total) {
      while (above < runs && ends[above] <= at - size.width) above++;
      const guide = above + (above - runs & 1), first = bits.at;
      let end, far = 0;
      if (guide < runs) while (far <= k && !bit()) far++;
      if (guide >= runs || far > k) end = at + 1 + value(total - at - 1, first);
      else {
        end = Math.min(ends[guide] + size.width, total);
        if (far) end += bit() ? -far : far;
        if (end <= at || end > total) bits.fail(step.rules.run, first, path, `a run ends ${end - at} pixels on; ${total - at} are left`);
      }
      if (colour) pixels.fill(1, at, end);
      [colour, at] = [1 - colour, end];
      ends[runs++] = end;
    }
    bits.skip(0, path, `${size.width}x${size.height}`, clause, start);
    return { ...size, pixels };
  });
};
STEPS.map_regions = (bits, step, { sizes, scope, prefix, component, clause }) => {
  const maps = [];
  sizes.forEach((size, i) => {
    const frame = scope.region[i], length = frame.length ?? bits.left >> 3, path = `${prefix}${i}`, start = bits.at;
    bits.need(8 * length, step.rules.truncated, start, path);
    maps.push({ ...size, pixels: decodeRegion(bits.file.format.maps.regions, bits.octets(length), size, frame) });
    bits.skip(0, path, `${size.width}x${size.height}`, clause, start);
  });
  component.maps = maps;
};
// The decoder of the MQ coder (clause 7.4.2): a function from a context to its next bit. No data are invalid to it.
function mqDecoder(states, data, contexts) {
  const likely = new Uint8Array(contexts), state = new Uint8Array(contexts); // by context
  let a = 0x8000, ct = 0, at = 0, c = (data[0] ?? 0xFF) * 2 ** 16;
  const byteIn = () => {
    const next = data[at + 1] ?? 0xFF, isStuffed = data[at] === 0xFF;
    if (at >= data.length || (isStuffed && next > 0x8F)) { c += 0xFF00; ct = 8; return; }
    at++;
    c += next << (isStuffed ? 9 : 8);
    ct = isStuffed ? 7 : 8;
  };
  byteIn();
  c = c << 7 >>> 0;
  ct -= 7;
  return (context) => {
    const [qe, nextLikely, nextOther, swaps] = states[state[context]], symbol = likely[context];
    let isLikely;
    a -= qe;
    if (c / 2 ** 16 >= qe) {
      c -= qe * 2 ** 16;
      if (a & 0x8000) return symbol;
      isLikely = a >= qe;
    } else {
      isLikely = a < qe;
      a = qe;
    }
    if (!isLikely && swaps) likely[context] = 1 - symbol;
    state[context] = isLikely ? nextLikely : nextOther;
    do {
      if (!ct) byteIn();
      a <<= 1;
      c = c << 1 >>> 0;
      ct--;
    } while (!(a & 0x8000));
    return isLikely ? symbol : 1 - symbol;
  };
}
// The pixels of a region (clause 7.4.3), each under those to the left and stretches of the rows above; outside the map they are 0.
function decodeRegion({ states, templates }, data, { width, height }, { template, typical_prediction: isTypical }) {
  const { here, above, above_right, top, top_right, typical } = templates[template], margin = 4, wide = width + 2 * margin;
  const canvas = new Uint8Array(wide * (height + 2)), pixels = new Uint8Array(width * height), decode = mqDecoder(states, data, 2 ** (here + above + top));
  const masks = [above, top, here].map((bits) => 2 ** bits - 1);
  let same = 0;
  for (let y = 0; y < height; y++) {
    const row = wide * (y + 2) + margin, one = row - wide, two = one - wide;
    if (isTypical) same ^= decode(typical);
    if (same) canvas.copyWithin(row, one, one + width);
    else {
      let left = 0, middle = 0, far = 0;
      for (let x = 0; x < above_right; x++) middle = 2 * middle + canvas[one + x];
      for (let x = 0; x < top_right; x++) far = 2 * far + canvas[two + x];
      for (let x = 0; x < width; x++) {
        middle = (middle << 1 | canvas[one + x + above_right]) & masks[0];
        far = (far << 1 | canvas[two + x + top_right]) & masks[1];
        const pixel = canvas[row + x] = decode((far << above | middle) << here | left);
        left = (left << 1 | pixel) & masks[2];
      }
    }
    pixels.set(canvas.subarray(row, row + width), y * width);
  }
  return pixels;
}
