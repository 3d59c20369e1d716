import { flat } from './tree.js';

const SVG = 'http://www.w3.org/2000/svg';

/** What each element was given last. @type {WeakMap<ChildNode, import('./tree.js').Attributes>} */
const given = new WeakMap();

/**
 * Makes the children of an element those of the trees, and touches nothing that is so already: focus, selection and
 * what somebody has typed stay.
 *
 * @param {Element} parent
 * @param {...import('./tree.js').Child} trees
 */
export function patch(parent, ...trees) {
  const wanted = flat(trees);
  const keyed = new Map(
    [...parent.childNodes].flatMap((node) => {
      const key = given.get(node)?.['key'];
      return key === undefined ? [] : [/** @type {const} */ ([String(key), node])];
    }),
  );
  /** @type {ChildNode | null} */
  let at = parent.firstChild;
  for (const tree of wanted) {
    const key = typeof tree === 'string' ? undefined : tree.attributes['key'];
    const candidate = key === undefined ? at : (keyed.get(String(key)) ?? null);
    // Two with one key are two all the same.
    keyed.delete(String(key));
    const node = candidate !== null && isLike(candidate, tree) ? candidate : make(tree, parent);
    if (node === at) at = node.nextSibling;
    else parent.insertBefore(node, at);
    fill(node, tree);
  }
  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * @param {ChildNode} node
 * @param {import('./tree.js').Tree} tree
 */
function isLike(node, tree) {
  if (typeof tree === 'string') return node.nodeType === 3;
  const old = given.get(node);
  return (
    old !== undefined && node.nodeName.toLowerCase() === tree.tag && old['key'] === tree.attributes['key']
  );
}

/**
 * @param {import('./tree.js').Tree} tree
 * @param {Element} parent
 * @returns {ChildNode}
 */
function make(tree, parent) {
  if (typeof tree === 'string') return document.createTextNode(tree);
  const isSvg = tree.tag === 'svg' || (parent.namespaceURI === SVG && parent.nodeName !== 'foreignObject');
  const node = isSvg ? document.createElementNS(SVG, tree.tag) : document.createElement(tree.tag);
  given.set(node, {});
  return node;
}

/**
 * @param {ChildNode} node
 * @param {import('./tree.js').Tree} tree
 */
function fill(node, tree) {
  if (typeof tree === 'string') {
    if (node.nodeValue !== tree) node.nodeValue = tree;
    return;
  }
  const element = /** @type {Element} */ (node);
  const old = given.get(node) ?? {};
  for (const name of Object.keys(old)) if (!(name in tree.attributes)) set(element, name, undefined);
  for (const [name, value] of Object.entries(tree.attributes))
    if (old[name] !== value) set(element, name, value);
  if ('checked' in tree.attributes) {
    // The attribute says what a control begins with; what somebody has clicked is the property.
    /** @type {HTMLInputElement} */ (element).checked = tree.attributes['checked'] === true;
  }
  given.set(node, tree.attributes);
  patch(element, tree.children);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {import('./tree.js').Attribute} value
 */
function set(element, name, value) {
  if (name === 'key') return;
  if (name.startsWith('on')) {
    // A listener is a function: a text would be a script, and the policy of the page forbids those.
    Object.assign(element, { [name]: typeof value === 'function' ? value : null });
  } else if (value === undefined || value === null || value === false) {
    element.removeAttribute(name);
  } else if (typeof value !== 'function') {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}
