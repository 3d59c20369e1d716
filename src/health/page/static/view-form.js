import { cut, plural } from './format.js';
import { h } from './tree.js';

/**
 * @typedef {import('./schema-form.js').Field} Field
 * @typedef {{
 *   tool: import('./session.js').Tool,
 *   fields: readonly Field[] | undefined,
 *   isRaw: boolean,
 *   start: Readonly<Record<string, string>>,
 *   raw: string,
 *   problems: Readonly<Record<string, string>>,
 * }} Form `start` is what stands in the fields at first, `raw` in the field for JSON
 */

const MAX_DESCRIPTION = 1200;
const MAX_CHOICE = 120;
/** With more optional fields than that, so many of them are shown at first. */
const MAX_OPTIONAL = 3;
const SHOWN_OPTIONAL = 1;

/**
 * @param {Form} form
 * @param {{ isRunning: boolean, onRun: () => void, onCancel: () => void, onRaw: (isRaw: boolean) => void }} options
 */
export function formView(form, { isRunning, onRun, onCancel, onRaw }) {
  const { tool, fields, isRaw } = form;
  const key = `${tool.name} ${isRaw ? 'raw' : 'fields'}`;
  return h(
    'form',
    {
      id: 'arguments',
      key,
      autocomplete: 'off',
      novalidate: true,
      'aria-label': `Arguments of ${tool.name}`,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        if (!isRunning) onRun();
      },
    },
    isRaw || fields === undefined
      ? rawField(form)
      : fields.length === 0
        ? h('p', { class: 'quiet' }, 'It takes no arguments.')
        : fieldsView(fields, form),
    h(
      'div',
      { class: 'actions' },
      h(
        'button',
        { type: 'submit', class: 'primary', id: 'run-button', 'aria-disabled': isRunning ? 'true' : null },
        isRunning ? 'Running…' : 'Run',
      ),
      isRunning && h('button', { type: 'button', id: 'cancel', key: 'cancel', onclick: onCancel }, 'Cancel'),
      fields !== undefined &&
        h(
          'label',
          { class: 'switch', key: 'switch' },
          h('input', {
            type: 'checkbox',
            id: 'raw-switch',
            checked: isRaw,
            onchange: (/** @type {Event} */ event) =>
              onRaw(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
          }),
          h('span', null, 'Arguments as JSON'),
        ),
    ),
  );
}

/**
 * The needed ones and a few others; what few callers want is one step away.
 *
 * @param {readonly Field[]} fields
 * @param {Form} form
 */
function fieldsView(fields, form) {
  const needed = fields.filter(({ isRequired }) => isRequired).length;
  const count = fields.length - needed > MAX_OPTIONAL ? needed + SHOWN_OPTIONAL : fields.length;
  const views = fields.map((field, at) => fieldView(field, at, form));
  const hidden = fields.slice(count);
  const isOpen = hidden.some(({ name }) => name in form.problems || name in form.start);
  return [
    h('div', { class: 'fields', key: 'first' }, views.slice(0, count)),
    hidden.length > 0 &&
      h(
        'details',
        { key: 'further', open: isOpen },
        h('summary', null, plural(hidden.length, 'further argument')),
        h('div', { class: 'fields' }, views.slice(count)),
      ),
  ];
}

/** @param {Form} form */
const rawField = ({ raw, problems }) =>
  h(
    'div',
    { class: 'field wide' },
    h('label', { for: 'raw' }, 'Arguments as JSON'),
    h(
      'textarea',
      { id: 'raw', rows: 6, spellcheck: 'false', class: 'mono', ...invalid(problems[''], 'raw-note') },
      raw,
    ),
    note('raw-note', problems[''], ''),
  );

/** @param {number} at */
export const idOf = (at) => `argument-${at}`;

/**
 * @param {Field} field
 * @param {number} at
 * @param {Form} form
 */
function fieldView(field, at, { start, problems }) {
  const id = idOf(at);
  const problem = problems[field.name];
  const about = [cut(field.description, MAX_DESCRIPTION), field.hint].filter((part) => part !== '').join(' ');
  return h(
    'div',
    { class: `field${field.kind === 'json' || field.kind === 'lines' ? ' wide' : ''}`, key: id },
    h(
      'label',
      { for: id },
      h('span', { class: 'mono' }, cut(field.name, MAX_CHOICE)),
      field.isRequired && h('span', { class: 'needed' }, ' needed'),
    ),
    control(field, id, start[field.name] ?? '', problem),
    note(`${id}-note`, problem, about),
  );
}

/**
 * @param {Field} field
 * @param {string} id
 * @param {string} start
 * @param {string | undefined} problem
 */
function control({ kind, isRequired, choices, fallback }, id, start, problem) {
  const common = { id, ...invalid(problem, `${id}-note`), 'aria-required': isRequired ? 'true' : null };
  const options = (/** @type {readonly [string, string][]} */ entries) =>
    h(
      'select',
      common,
      h(
        'option',
        { value: '' },
        isRequired ? 'Choose…' : fallback === '' ? 'Left out' : `${fallback} (default)`,
      ),
      entries.map(([value, label]) =>
        h('option', { value, selected: value === start }, cut(label, MAX_CHOICE)),
      ),
    );
  switch (kind) {
    case 'boolean':
      return options([
        ['true', 'true'],
        ['false', 'false'],
      ]);
    case 'choice':
      return options(
        choices.map((choice, at) => [
          String(at),
          typeof choice === 'string' ? choice : JSON.stringify(choice),
        ]),
      );
    case 'lines':
    case 'json':
      return h(
        'textarea',
        {
          ...common,
          rows: 3,
          class: 'mono',
          spellcheck: 'false',
          placeholder: kind === 'lines' ? 'One on each line' : 'JSON',
        },
        start,
      );
    case 'number':
    case 'integer':
    case 'text':
      return h('input', {
        ...common,
        type: 'text',
        inputmode: kind === 'text' ? null : kind === 'integer' ? 'numeric' : 'decimal',
        value: start,
        placeholder: fallback,
        autocomplete: 'off',
        autocapitalize: 'off',
        spellcheck: 'false',
      });
  }
}

/**
 * @param {string | undefined} problem
 * @param {string} noteId
 */
const invalid = (problem, noteId) => ({
  'aria-describedby': noteId,
  'aria-invalid': problem === undefined ? null : 'true',
});

/**
 * @param {string} id
 * @param {string | undefined} problem
 * @param {string} about
 */
const note = (id, problem, about) =>
  h(
    'p',
    { id, class: 'about' },
    problem !== undefined && h('strong', { class: 'problem-text' }, `${problem} `),
    about,
  );
