// A mask as run lengths, in the notation of COCO's annotations.

const GROUP_BITS = 5, GROUP = 0x1f, GOES_ON = 0x20, NEGATIVE = 0x10, FIRST_CHARACTER = 48;

/** Read run lengths from text: groups of five bits, the lowest first, each run from the third on as the
 * difference to the one two before it. */
export const runsOf = (text) => {
  const runs = [];
  let at = 0;
  while (at < text.length) {
    let value = 0, shift = 0, code;
    do {
      code = text.charCodeAt(at++) - FIRST_CHARACTER;
      value |= (code & GROUP) << shift;
      shift += GROUP_BITS;
    } while (code & GOES_ON);
    if (code & NEGATIVE && shift < 32) value |= -1 << shift;
    runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
  }
  return runs;
};

/** Fill a mask's pixels with the pen's colour; the mask is read column by column, background first. */
export const fillRuns = (pen, mask) => {
  const height = mask.size[0];
  let from = 0, inside = false;
  for (const run of runsOf(mask.counts)) {
    if (inside) {
      for (let at = from; at < from + run;) {
        const row = at % height;
        const part = Math.min(height - row, from + run - at);
        pen.fillRect((at - row) / height, row, 1, part);
        at += part;
      }
    }
    from += run;
    inside = !inside;
  }
};
