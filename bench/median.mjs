/** Of an even number of values, the middle between the two in the middle: the upper one would flatter. */
export const median = (values) => {
  const inOrder = values.toSorted((a, b) => a - b);
  const half = (inOrder.length - 1) / 2;
  return (inOrder[Math.floor(half)] + inOrder[Math.ceil(half)]) / 2;
};
