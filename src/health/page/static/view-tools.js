import { cut, plural } from './format.js';
import { h } from './tree.js';
import { more, moreText } from './view-parts.js';

/** @typedef {import('./session.js').Tool} Tool */

/**
 * @param {{ tools: readonly Tool[], isWhole: boolean, filter: string, chosen: Tool | undefined }} state
 * @param {{ onFilter: (filter: string) => void, onChoose: (tool: Tool) => void, onReload: () => void }} options
 */
export function toolsView({ tools, isWhole, filter, chosen }, { onFilter, onChoose, onReload }) {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = tools.filter(({ name, title }) => {
    const text = `${name} ${typeof title === 'string' ? title : ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return h(
    'div',
    { class: 'tools' },
    h(
      'div',
      { class: 'tools-head' },
      h('label', { for: 'filter', class: 'unseen' }, 'Find a tool'),
      h('input', {
        id: 'filter',
        type: 'search',
        placeholder: `Find among ${plural(tools.length, 'tool')}`,
        autocomplete: 'off',
        spellcheck: 'false',
        oninput: (/** @type {Event} */ event) =>
          onFilter(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      }),
      h(
        'button',
        { type: 'button', title: 'Ask the server for its tools again', onclick: onReload },
        'Reload',
      ),
    ),
    !isWhole && h('p', { class: 'quiet small' }, 'There are more tools than this page lists.'),
    found.length === 0
      ? h('p', { class: 'quiet' }, 'No tool has such a name.')
      : h(
          'nav',
          { class: 'tool-list', 'aria-label': 'Tools' },
          more(`tools ${filter}`, found, 200, (shown) =>
            h(
              'ul',
              null,
              shown.map((tool) => item(tool, chosen, onChoose)),
            ),
          ),
        ),
  );
}

/**
 * @param {Tool} tool
 * @param {Tool | undefined} chosen
 * @param {(tool: Tool) => void} onChoose
 */
const item = (tool, chosen, onChoose) =>
  h(
    'li',
    { key: tool.name },
    h(
      'button',
      {
        type: 'button',
        class: 'tool',
        'aria-current': tool === chosen ? 'true' : null,
        onclick: () => onChoose(tool),
      },
      cut(tool.name, 128),
    ),
  );

/** Characters of a description that are shown at first. */
const MAX_ABOUT = 700;

/** @param {Tool} tool */
export function aboutTool(tool) {
  const title = typeof tool.title === 'string' && tool.title !== '' ? tool.title : tool.name;
  const { readOnlyHint, destructiveHint } = /** @type {Record<string, unknown>} */ (tool.annotations ?? {});
  return h(
    'div',
    { class: 'about-tool', key: `about ${tool.name}` },
    h('h3', { id: 'tool-title', tabindex: '-1' }, cut(title, 128)),
    h(
      'p',
      { class: 'quiet small' },
      h('code', null, cut(tool.name, 128)),
      readOnlyHint === true && ' · changes nothing, it says',
      destructiveHint === true && readOnlyHint !== true && ' · may destroy something, it says',
    ),
    typeof tool.description === 'string' &&
      moreText(`about ${tool.name}`, tool.description, MAX_ABOUT, (text) =>
        h('p', { class: 'description' }, text),
      ),
  );
}
