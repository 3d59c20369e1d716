/** A flag, which YAML may have as a text. */
export const flag = (value: unknown): boolean | undefined => {
  const said = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (said === true || said === 'true') return true;
  return said === false || said === 'false' ? false : undefined;
};
