import { plural } from './format.js';
import { h } from './tree.js';
import { pill } from './view-parts.js';

/**
 * @typedef {{ state: 'none' | 'checking' | 'good', isAdmin: boolean, tools: number, problem: string }} KeyState
 */

/**
 * @param {KeyState} key
 * @param {{ isPlain: boolean, onUse: (key: string) => void, onForget: () => void }} options `isPlain`: whoever is on the
 *   way can read what this page sends
 */
export function keyView({ state, isAdmin, tools, problem }, { isPlain, onUse, onForget }) {
  if (state === 'good') {
    return h(
      'div',
      { class: 'key-line', key: 'good' },
      pill('good', isAdmin ? 'In use, admin' : 'In use'),
      h(
        'span',
        { class: 'quiet grow' },
        `It may call ${plural(tools, 'tool')}. Only the memory of this page has it: a reload forgets it.`,
      ),
      h('a', { class: 'to-tools', href: '#run-title' }, 'To the tools'),
      h('button', { type: 'button', id: 'forget', onclick: onForget }, 'Forget the key'),
    );
  }
  const isChecking = state === 'checking';
  return h(
    'form',
    {
      class: 'key-line',
      key: 'form',
      autocomplete: 'off',
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const input = /** @type {HTMLInputElement} */ (document.getElementById('key-input'));
        const value = input.value.trim();
        input.value = '';
        if (value !== '') onUse(value);
      },
    },
    h('label', { for: 'key-input', class: 'unseen' }, 'API key or access token'),
    // No password field: a browser would offer to keep it. The style sheet hides what is typed.
    h('input', {
      id: 'key-input',
      class: 'secret',
      type: 'text',
      placeholder: 'API key or access token',
      autocomplete: 'off',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
      'data-1p-ignore': true,
      'data-lpignore': 'true',
      'aria-describedby': 'key-note',
      disabled: isChecking,
    }),
    h('button', { type: 'submit', class: 'primary', disabled: isChecking }, isChecking ? 'Checking…' : 'Use'),
    h(
      'p',
      {
        id: 'key-note',
        class: problem === '' ? 'quiet grow' : 'grow problem-text',
        role: problem === '' ? null : 'alert',
      },
      problem ||
        'To run tools from here, and see their answers drawn. It stays in the memory of this page alone.',
    ),
    isPlain &&
      h(
        'p',
        { class: 'warn whole' },
        'This connection is not encrypted: whoever is on the way can read a key that you send.',
      ),
  );
}
