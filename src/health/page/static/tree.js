/**
 * What is to be seen, as plain data: views are functions that answer trees, and `patch` in patch.js makes the document
 * agree with them. A text is always a text: nothing here can turn it into markup.
 *
 * @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Attribute
 * @typedef {Readonly<Record<string, Attribute>>} Attributes
 * @typedef {string | Node} Tree
 * @typedef {{
 *   tag: string,
 *   attributes: Attributes,
 *   children: readonly Tree[],
 * }} Node
 * @typedef {Tree | number | null | undefined | false | readonly unknown[]} Child
 */

/**
 * @param {string} tag
 * @param {Attributes | null} [attributes] texts, numbers and booleans; a function is a listener,
 *   such as `onclick`; `key` tells siblings apart that come, go and move
 * @param {...Child} children
 * @returns {Node}
 */
export function h(tag, attributes, ...children) {
  return { tag, attributes: attributes ?? {}, children: flat(children) };
}

/**
 * @param {readonly unknown[]} children
 * @returns {Tree[]}
 */
export function flat(children) {
  return children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    if (Array.isArray(child)) return flat(child);
    return [typeof child === 'number' ? String(child) : /** @type {Tree} */ (child)];
  });
}

/**
 * The text of a tree, for what is read aloud and for tests.
 *
 * @param {Tree} tree
 * @returns {string}
 */
export const textOf = (tree) => (typeof tree === 'string' ? tree : tree.children.map(textOf).join(''));
