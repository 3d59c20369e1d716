import { number } from './format.js';
import { h } from './tree.js';

/** What the parts of the page have in common; `page` is what main.js fills in. */
export const page = {
  /** Draws the page anew, soon. */
  redraw: () => {},
  /** Says one sentence to a screen reader. */
  say: (/** @type {string} */ _sentence) => {},
};

/** The long lists that somebody has unfolded. @type {Set<string>} */
const unfolded = new Set();

/** @param {string} prefix */
export function foldAll(prefix) {
  for (const key of unfolded) if (key.startsWith(prefix)) unfolded.delete(key);
}

/**
 * @param {'good' | 'busy' | 'bad' | 'off'} mood
 * @param {string} text
 */
export const pill = (mood, text) => h('span', { class: `pill ${mood}` }, text);

/**
 * The first of many, and a button for the others.
 *
 * @template T
 * @param {string} key
 * @param {readonly T[]} items
 * @param {number} count
 * @param {(shown: readonly T[]) => import('./tree.js').Child} render
 */
export function more(key, items, count, render) {
  const isShort = items.length > count && !unfolded.has(key);
  return [
    render(isShort ? items.slice(0, count) : items),
    isShort && showAll(key, `Show all ${number(items.length)}`),
  ];
}

/**
 * The beginning of a long text, and a button for the rest of it.
 *
 * @param {string} key
 * @param {string} text
 * @param {number} length
 * @param {(shown: string) => import('./tree.js').Child} render
 */
export function moreText(key, text, length, render) {
  const isShort = text.length > length && !unfolded.has(key);
  return [
    render(isShort ? `${text.slice(0, length)}…` : text),
    isShort && showAll(key, `Show all ${number(text.length)} characters`),
  ];
}

/**
 * @param {string} key
 * @param {string} label
 */
const showAll = (key, label) =>
  h(
    'button',
    {
      type: 'button',
      class: 'link-button',
      key: `all ${key}`,
      onclick: () => {
        unfolded.add(key);
        page.redraw();
      },
    },
    label,
  );

/**
 * @param {string} text what is copied and shown
 * @param {string} what
 */
export const copyButton = (text, what) =>
  h(
    'button',
    {
      type: 'button',
      class: 'copy',
      title: `Copy the ${what}`,
      'aria-label': `Copy the ${what} ${text}`,
      onclick: (/** @type {Event} */ event) =>
        void copy(text, /** @type {HTMLElement} */ (event.currentTarget), what),
    },
    h('code', null, text),
  );

/**
 * @param {string} text
 * @param {HTMLElement} button
 * @param {string} what
 */
async function copy(text, button, what) {
  try {
    await navigator.clipboard.writeText(text);
    page.say(`The ${what} has been copied.`);
  } catch {
    // Over plain HTTP a browser has no clipboard for pages: whoever wants the text finds it selected.
    getSelection()?.selectAllChildren(button);
    page.say(`The ${what} is selected.`);
  }
}
