import type { ServerResponse } from 'node:http';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { ChatEvents, post } from '../helpers/chat-client.js';
import {
  chunk,
  type Script,
  ScriptedChatServer,
  sendEvents,
} from '../helpers/chat-server/scripted-chat-server.js';
import { describeWithParts } from '../helpers/real-parts.js';

const DONE = '[DONE]';
const STOP = chunk({}, 'stop');
const CALLS = chunk({}, 'tool_calls');
const call = (...tool_calls: unknown[]): object => chunk({ tool_calls });
/** A piece of a call; `at` is what the server numbers it with, if it does. */
const piece = (name: string | undefined, args: unknown, at: object = {}): object => ({
  ...at,
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
});
const note = (args: unknown, at?: object): object => piece('note', args, at);
const list = (args: unknown, at?: object): object => piece('list', args, at);
const rest = (args: unknown, at?: object): object => piece(undefined, args, at);
const document =
  (body: unknown, type = 'application/json'): Script =>
  (response) =>
    response
      .writeHead(200, { 'content-type': type })
      .end(typeof body === 'string' ? body : JSON.stringify(body, null, 2));

interface Expected {
  /** Name and arguments, as the tool was given them. */
  readonly ran?: readonly string[];
  /** Codes of the calls that did not run. */
  readonly failed?: readonly string[];
  readonly response?: string;
  readonly notices?: readonly string[];
}
type Case = readonly [name: string, script: Script, expected: Expected];

const ID = '1915883588174806058';
const T = '{"t":"x"}';
const U = '{"u":"y"}';
const NOTED = [`note ${T}`];
const BOTH = [`note ${T}`, `list ${U}`];

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  'chunks without a choice': [
    [
      'usage alone',
      [chunk({ content: 'hello' }), STOP, { usage: { prompt_tokens: 1, completion_tokens: 1 } }, DONE],
      { response: 'hello' },
    ],
    ['null', [chunk({ content: 'hel' }), null, chunk({ content: 'lo' }), STOP, DONE], { response: 'hello' }],
    [
      'choices that are null',
      [{ choices: null }, chunk({ content: 'hello' }), STOP, DONE],
      { response: 'hello' },
    ],
    [
      'no choices, of a filter',
      [{ choices: [], prompt_filter_results: [] }, chunk({ content: 'hello' }), STOP],
      { response: 'hello' },
    ],
    [
      'nothing at all',
      ['', chunk({ content: 'hello' }), '""', '[]', '7', {}, STOP, ' [DONE] '],
      { response: 'hello' },
    ],
    [
      'a second choice beside the first',
      [
        {
          choices: [
            { index: 1, delta: { content: 'no' } },
            { index: 0, delta: { content: 'hel' } },
          ],
        },
        { choices: [{ index: 1, delta: { content: 'no' }, finish_reason: 'length' }] },
        chunk({ content: 'lo' }),
        STOP,
        DONE,
      ],
      { response: 'hello' },
    ],
    ['another spelling of [DONE]', [chunk({ content: 'hello' }), STOP, 'done'], { response: 'hello' }],
    ['[done] in small letters', [chunk({ content: 'hello' }), STOP, '[done]'], { response: 'hello' }],
    [
      'a choice or a delta that is null',
      [{ choices: [null] }, { choices: [{ delta: null }] }, chunk({ content: 'hello' }, 'stop')],
      { response: 'hello' },
    ],
  ],
  'arguments as': [
    ['an object', [call(note({ t: 'x' }, { index: 0, id: 'a' })), CALLS, DONE], { ran: NOTED }],
    ...['parameters', 'input', 'args'].map((name): Case => [
      `an object that is called ${name}`,
      [call({ index: 0, id: 'a', function: { name: 'note', [name]: { t: 'x' } } }), CALLS, DONE],
      { ran: NOTED },
    ]),
    [
      'an object beside the name, in no function',
      [call({ index: 0, id: 'a', name: ' note ', arguments: { t: 'x' } }), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'an object, with numbers that no double holds',
      [
        `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"note","arguments":{"id":${ID},"d":[0.1234567890123456789]}}}]}}]}`,
        CALLS,
        DONE,
      ],
      { ran: [`note {"id":${ID},"d":[0.1234567890123456789]}`] },
    ],
    [
      'a text with such numbers',
      [call(note(`{"id":${ID}}`, { index: 0, id: 'a' })), CALLS, DONE],
      { ran: [`note {"id":${ID}}`] },
    ],
    [
      'an object after an empty one',
      [call(note({}, { index: 0, id: 'a' })), call(rest({ t: 'x' }, { index: 0 })), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'pieces after an empty object',
      [
        call(note('{}', { index: 0, id: 'a' })),
        call(rest('{"t":', { index: 0 })),
        call(rest('"x"}', { index: 0 })),
        CALLS,
        DONE,
      ],
      { ran: NOTED },
    ],
    [
      'the text of a text',
      [call(note(JSON.stringify(T), { index: 0, id: 'a' })), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'nothing, an empty text and null',
      [
        call(
          note(undefined, { index: 0, id: 'a' }),
          note('', { index: 1, id: 'b' }),
          note(null, { index: 2, id: 'c' }),
        ),
        CALLS,
        DONE,
      ],
      { ran: ['note {}', 'note {}', 'note {}'] },
    ],
    [
      'pieces, and the whole once more',
      [
        call(note('{"t":', { index: 0, id: 'a' })),
        call(rest('"x"}', { index: 0 })),
        call(note(T, { index: 0, id: 'a' })),
        CALLS,
        DONE,
      ],
      { ran: NOTED },
    ],
    ['a list', [call(note(['x'], { index: 0, id: 'a' })), CALLS, DONE], { failed: ['invalid_arguments'] }],
    [
      'a number, a truth value',
      [call(note(7, { index: 0, id: 'a' }), note(true, { index: 1, id: 'b' })), CALLS, DONE],
      { failed: ['invalid_arguments', 'invalid_arguments'] },
    ],
    [
      'two objects',
      [call(note(T, { index: 0, id: 'a' })), call(rest(U, { index: 0 })), CALLS, DONE],
      { failed: ['invalid_arguments'] },
    ],
    [
      'half an object',
      [call(note('{"t":', { index: 0, id: 'a' })), CALLS, DONE],
      { failed: ['invalid_arguments'] },
    ],
    [
      'a null of JSON',
      [call(note('null', { index: 0, id: 'a' })), CALLS, DONE],
      { failed: ['invalid_arguments'] },
    ],
  ],
  'calls whose index is': [
    [
      'used twice, with two ids',
      [call(note(T, { index: 0, id: 'a' })), call(list(U, { index: 0, id: 'b' })), CALLS, DONE],
      { ran: BOTH },
    ],
    [
      'used twice, without ids',
      [call(note(T, { index: 0 })), call(list(U, { index: 0 })), CALLS, DONE],
      { ran: BOTH },
    ],
    [
      'used twice, for one tool',
      [call(note(T, { index: 0 })), call(note(U, { index: 0 })), CALLS, DONE],
      { ran: [`note ${T}`, `note ${U}`] },
    ],
    [
      'used twice, in pieces',
      [
        call(note('', { index: 0, id: 'a' })),
        call(rest('{"t":', { index: 0 })),
        call(rest('"x"}', { index: 0 })),
        call(list('', { index: 0, id: 'b' })),
        call(rest(U, { index: 0 })),
        CALLS,
        DONE,
      ],
      { ran: BOTH },
    ],
    [
      'missing, with ids',
      [call(note(T, { id: 'a' })), call(list(U, { id: 'b' })), CALLS, DONE],
      { ran: BOTH },
    ],
    ['missing, without ids', [call(note(T), list(U)), CALLS, DONE], { ran: BOTH }],
    [
      'null, in pieces that have the id',
      [
        call(note('{"t":', { index: null, id: 'a' }), list('{"u"', { index: null, id: 'b' })),
        call(rest(':"y"}', { index: null, id: 'b' }), rest('"x"}', { index: null, id: 'a' })),
        CALLS,
        DONE,
      ],
      { ran: BOTH },
    ],
    [
      'missing, in pieces that have nothing',
      [
        call(note('', { id: 'a' })),
        call(rest('{"t":')),
        call(rest('"x"}')),
        call(list('{"u"', { id: 'b' })),
        call(rest(':"y"}')),
        CALLS,
        DONE,
      ],
      { ran: BOTH },
    ],
    [
      'missing in the pieces alone',
      [call(note('', { index: 0, id: 'a' })), call(rest('{"t":')), call(rest('"x"}')), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'another one with each piece',
      [
        call(note('{"t":', { index: 0, id: 'a' })),
        call(rest('"x', { index: 1 })),
        call(rest('"}', { index: 2 })),
        CALLS,
        DONE,
      ],
      { ran: NOTED },
    ],
    [
      'there, and the name with each piece',
      [call(note('{"t":', { index: 0, id: 'a' })), call(note('"x"}', { index: 0, id: 'a' })), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'there, and the id of all the same',
      [call(note(T, { index: 0, id: 'call' })), call(list(U, { index: 1, id: 'call' })), CALLS, DONE],
      { ran: BOTH },
    ],
    [
      'there, in another order',
      [
        call(list('{"u"', { index: 1, id: 'b' })),
        call(note('{"t"', { index: 0, id: 'a' })),
        call(rest(':"y"}', { index: 1 })),
        call(rest(':"x"}', { index: 0 })),
        CALLS,
        DONE,
      ],
      { ran: BOTH },
    ],
    ['that of no call', [call(rest(T, { index: 0 })), CALLS, DONE], { failed: ['unknown_tool'] }],
    [
      'missing, for the function call of the older API',
      [
        chunk({ function_call: { name: 'note', arguments: '' } }),
        chunk({ function_call: { arguments: T } }),
        chunk({}, 'function_call'),
        DONE,
      ],
      { ran: NOTED },
    ],
    [
      'the text of a number',
      [
        call(note('{"t":', { index: '0', id: 'a' }), list('', { index: '1', id: 'b' })),
        call(rest('"x"}', { index: '0' }), rest(U, { index: '1' })),
        CALLS,
        DONE,
      ],
      { ran: BOTH },
    ],
    [
      'below zero, or no integer',
      [call(note(T, { index: -1, id: 'a' })), call(list(U, { index: 0.5, id: 'b' })), CALLS, DONE],
      { ran: BOTH },
    ],
    ['there, beside null', [call(null, note(T, { index: 0, id: 'a' }), 'x'), CALLS, DONE], { ran: NOTED }],
  ],
  'a content': [
    [
      'in parts',
      [
        chunk({ content: [{ type: 'text', text: 'hel' }] }),
        chunk({
          content: [
            { type: 'text', text: 'l' },
            { type: 'text', text: 'o' },
          ],
        }),
        STOP,
        DONE,
      ],
      { response: 'hello' },
    ],
    [
      'in parts, one of them thought',
      [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
        chunk({ content: [{ type: 'text', text: 'hello' }] }),
        STOP,
        DONE,
      ],
      { response: 'hello' },
    ],
    ['of one part', [chunk({ content: { type: 'text', text: 'hello' } }), STOP, DONE], { response: 'hello' }],
    ['in parts that are texts', [chunk({ content: ['hel', 'lo', null] }), STOP, DONE], { response: 'hello' }],
    ['that is a number', [chunk({ content: 42 }), STOP, DONE], { response: '42' }],
    [
      'in parts of other names',
      [
        chunk({
          content: [
            { type: 'output_text', text: 'hel' },
            { type: 'image_url', image_url: { url: 'x' } },
            { type: 'text', text: { value: 'lo' } },
          ],
        }),
        STOP,
        DONE,
      ],
      { response: 'hello' },
    ],
    [
      'that is null beside calls',
      [chunk({ content: null, tool_calls: [note(T, { index: 0, id: 'a' })] }), CALLS, DONE],
      { ran: NOTED },
    ],
  ],
  reasoning: [
    [
      'alone',
      [chunk({ reasoning_content: 'the answer ' }), chunk({ reasoning_content: 'is 4' }), STOP, DONE],
      { response: 'the answer is 4', notices: ['reasoning_only'] },
    ],
    [
      'alone, by its other name',
      [chunk({ reasoning: 'the answer is 4' }), STOP, DONE],
      { response: 'the answer is 4', notices: ['reasoning_only'] },
    ],
    [
      'alone, as parts',
      [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'the answer is 4' }] }] }),
        STOP,
        DONE,
      ],
      { response: 'the answer is 4', notices: ['reasoning_only'] },
    ],
    ...Object.entries({
      reasoning_content: [{ type: 'text', text: 'the answer is 4' }],
      reasoning: { content: 'the answer is 4' },
      reasoning_text: 'the answer is 4',
      thinking: 'the answer is 4',
      thinking_blocks: [{ type: 'thinking', thinking: 'the answer is 4' }],
      reasoning_details: [{ type: 'reasoning.summary', summary: 'the answer is 4' }],
    }).map(([name, thought]): Case => [
      `alone, as ${name}`,
      [chunk({ [name]: thought }), STOP, DONE],
      { response: 'the answer is 4', notices: ['reasoning_only'] },
    ]),
    [
      'alone, under two names of which one is empty',
      [chunk({ reasoning_content: '', reasoning: 'the answer is 4', content: null }), STOP, DONE],
      { response: 'the answer is 4', notices: ['reasoning_only'] },
    ],
    [
      'alone, as the content',
      [chunk({ content: '<think>hm' }), chunk({ content: '</think>' }), STOP, DONE],
      { response: '<think>hm</think>', notices: ['reasoning_only'] },
    ],
    [
      'as the content, and cut',
      [chunk({ content: '<think>hm' }), chunk({}, 'length'), DONE],
      { response: '<think>hm', notices: ['answer_cut', 'reasoning_only'] },
    ],
    [
      'as the content, before an answer',
      [chunk({ content: '<think>hm</think>' }), chunk({ content: 'hello' }), STOP, DONE],
      { response: '<think>hm</think>hello' },
    ],
    [
      'before an answer',
      [chunk({ reasoning_content: 'hm' }), chunk({ content: 'hello' }), STOP, DONE],
      { response: 'hello' },
    ],
    [
      'before a call',
      [chunk({ reasoning_content: 'hm' }), call(note(T, { index: 0, id: 'a' })), CALLS, DONE],
      { ran: NOTED },
    ],
    [
      'that is cut',
      [chunk({ reasoning_content: 'the answer' }), chunk({}, 'length'), DONE],
      { response: 'the answer', notices: ['answer_cut', 'reasoning_only'] },
    ],
  ],
  'a refusal': [
    [
      'in pieces',
      [chunk({ refusal: 'I will ' }), chunk({ refusal: 'not' }), STOP, DONE],
      { response: 'I will not', notices: ['answer_refused'] },
    ],
    [
      'as a part',
      [chunk({ content: [{ type: 'refusal', refusal: 'I will not' }] }), STOP, DONE],
      { response: 'I will not', notices: ['answer_refused'] },
    ],
    [
      'as the reason',
      [chunk({ content: 'I will not' }), chunk({}, 'refusal'), DONE],
      { response: 'I will not', notices: ['answer_refused'] },
    ],
    ['that is null', [chunk({ content: 'hello', refusal: null }), STOP, DONE], { response: 'hello' }],
  ],
  'an answer that is': [
    [
      'cut',
      [chunk({ content: 'half' }), chunk({}, 'length'), DONE],
      { response: 'half', notices: ['answer_cut'] },
    ],
    [
      'cut, by another word',
      [chunk({ content: 'half' }, 'MAX_TOKENS'), DONE],
      { response: 'half', notices: ['answer_cut'] },
    ],
    [
      'filtered',
      [chunk({ content: 'half' }), chunk({}, 'content_filter'), DONE],
      { response: 'half', notices: ['answer_filtered'] },
    ],
    ...['max_length', 'model_context_window_exceeded', 'Max-Output-Tokens'].map((reason): Case => [
      `cut, as ${reason}`,
      [chunk({ content: 'half' }), chunk({}, reason), DONE],
      { response: 'half', notices: ['answer_cut'] },
    ]),
    ...['content-filter', 'BLOCKLIST', 'sensitive', 'error_toxic'].map((reason): Case => [
      `filtered, as ${reason}`,
      [chunk({ content: 'half' }), chunk({}, reason), DONE],
      { response: 'half', notices: ['answer_filtered'] },
    ]),
    [
      'cut, as it says after it has said that it is done',
      [chunk({ content: 'half' }, 'stop'), chunk({}, 'length'), DONE],
      { response: 'half', notices: ['answer_cut'] },
    ],
    [
      'filtered before it begins',
      [chunk({}, 'content_filter'), DONE],
      { response: '', notices: ['answer_filtered', 'answer_empty'] },
    ],
    [
      'empty',
      [chunk({ role: 'assistant', content: '' }), STOP, DONE],
      { response: '', notices: ['answer_empty'] },
    ],
    ['empty, with calls for its reason', [CALLS, DONE], { response: '', notices: ['answer_empty'] }],
    ['blank', [chunk({ content: ' \n' }), STOP, DONE], { response: ' \n', notices: ['answer_empty'] }],
    [
      'cut within a call',
      [call(note('{"t":"', { index: 0, id: 'a' })), chunk({}, 'length'), DONE],
      { failed: ['invalid_arguments'] },
    ],
    [
      'cut before the arguments of a call',
      [call(note('', { index: 0, id: 'a' })), chunk({}, 'length'), DONE],
      { failed: ['invalid_arguments'] },
    ],
    [
      'cut after the placeholder of a call',
      [call(note({}, { index: 0, id: 'a' })), chunk({}, 'length'), DONE],
      { failed: ['invalid_arguments'] },
    ],
    [
      'cut within the second of two calls',
      [
        call(note(T, { index: 0, id: 'a' })),
        call(list('{"u":', { index: 1, id: 'b' })),
        chunk({}, 'length'),
        DONE,
      ],
      { ran: NOTED, failed: ['invalid_arguments'] },
    ],
    [
      'filtered within a call',
      [call(note(undefined, { index: 0, id: 'a' })), chunk({}, 'content_filter'), DONE],
      { failed: ['invalid_arguments'] },
    ],
  ],
  'a stream that ends': [
    ['without [DONE]', [chunk({ content: 'hello' }), STOP], { response: 'hello' }],
    ['with [DONE] and no reason', [chunk({ content: 'hello' }), DONE], { response: 'hello' }],
    ['with [DONE] and no reason, after a call', [call(note(T, { index: 0, id: 'a' })), DONE], { ran: NOTED }],
    [
      'with an empty reason in each chunk',
      [chunk({ content: 'hel' }, ''), chunk({ content: 'lo' }, 'null'), DONE],
      { response: 'hello' },
    ],
    ['with "stop" after calls', [call(note(T, { index: 0, id: 'a' })), STOP, DONE], { ran: NOTED }],
    [
      'with [DONE], and stays open',
      (response: ServerResponse) => sendEvents(response, [chunk({ content: 'hello' }), STOP, DONE]),
      { response: 'hello' },
    ],
    [
      'with its reason, and stays open',
      (response: ServerResponse) => sendEvents(response, [chunk({ content: 'hello' }), STOP]),
      { response: 'hello' },
    ],
    [
      'with its reason, and breaks',
      (response: ServerResponse) => {
        sendEvents(response, [chunk({ content: 'hello' }), STOP]);
        setImmediate(() => response.destroy());
      },
      { response: 'hello' },
    ],
  ],
  'an answer in one piece': [
    [
      'of text',
      document({ choices: [{ message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }] }),
      { response: 'hello' },
    ],
    [
      'of a call',
      document({
        choices: [
          { message: { content: null, tool_calls: [note(T, { id: 'a' })] }, finish_reason: 'tool_calls' },
        ],
      }),
      { ran: NOTED },
    ],
    [
      'of two calls of one id',
      document({
        choices: [
          { message: { tool_calls: [note(T, { id: '' }), list(U, { id: '' })] }, finish_reason: 'stop' },
        ],
      }),
      { ran: BOTH },
    ],
    [
      'under another type',
      document({ choices: [{ message: { content: 'hello' } }] }, 'text/plain'),
      { response: 'hello' },
    ],
    [
      'that is cut',
      document({ choices: [{ message: { content: 'half' }, finish_reason: 'length' }] }),
      { response: 'half', notices: ['answer_cut'] },
    ],
    [
      'as an event',
      [{ choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] }, DONE],
      { response: 'hello' },
    ],
    [
      'after pieces with nothing in them',
      [
        chunk({ role: 'assistant', content: '' }),
        { choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] },
        DONE,
      ],
      { response: 'hello' },
    ],
    [
      'of a call, after such pieces',
      [
        chunk({ content: '' }),
        { choices: [{ message: { tool_calls: [note(T, { id: 'a' })] }, finish_reason: 'tool_calls' }] },
        DONE,
      ],
      { ran: NOTED },
    ],
    [
      'beside the only piece',
      [
        {
          choices: [{ delta: { content: 'hello' }, message: { content: 'hello' }, finish_reason: 'stop' }],
        },
        DONE,
      ],
      { response: 'hello' },
    ],
    [
      'after the pieces',
      [
        chunk({ content: 'hello' }),
        { choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] },
        DONE,
      ],
      { response: 'hello' },
    ],
  ],
};

const ERRORS: readonly (readonly [name: string, script: Script, detail: RegExp])[] = [
  [
    'in the middle',
    [chunk({ content: 'half' }), { error: { message: 'The context is full', code: 500 } }],
    /The context is full/,
  ],
  [
    'after the reason',
    [chunk({ content: 'half' }), STOP, { error: { message: 'The context is full' } }, DONE],
    /The context is full/,
  ],
  ['as a text', [chunk({ content: 'half' }), { error: 'The context is full' }, DONE], /The context is full/],
  [
    'as an object of its own',
    [{ object: 'error', message: 'The context is full', code: 400 }, DONE],
    /The context is full/,
  ],
  [
    'in a choice',
    [{ choices: [{ delta: {}, finish_reason: 'error', error: { message: 'The context is full' } }] }, DONE],
    /The context is full/,
  ],
  ['as a reason alone', [chunk({ content: 'half' }), chunk({}, 'error'), DONE], /reported an error/],
  [
    'after a call',
    [call(note(T, { index: 0, id: 'a' })), { error: { message: 'The context is full' } }],
    /The context is full/,
  ],
  [
    'in one piece, with status 200',
    document({ error: { message: 'The context is full' } }),
    /The context is full/,
  ],
  ['of FastAPI', [chunk({ content: 'half' }), { detail: 'The context is full' }], /The context is full/],
  [
    'of FastAPI, in a list',
    [{ detail: [{ loc: ['body'], msg: 'The context is full' }] }],
    /The context is full/,
  ],
  ['in a list', [{ errors: [{ message: 'The context is full' }] }], /The context is full/],
  ['as a message alone', [{ message: 'The context is full', type: 'BadRequest' }], /The context is full/],
  [
    'in words',
    [chunk({ content: 'half' }), 'The context is full'],
    /error within its answer: The context is full/,
  ],
  [
    'in a field of its own',
    (response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(
          'data: {"choices":[{"delta":{"content":"half"}}]}\n\nerror: {"message":"The context is full"}\n\n',
        ),
    /The context is full/,
  ],
  [
    'in such a field, in words',
    (response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('error: The context is full\n\n'),
    /The context is full/,
  ],
  [
    'in no field',
    (response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('data: {"choices":[]}\n\n{"error":{"message":"The context is full"}}\n'),
    /The context is full/,
  ],
  ...['abort', 'network_error', 'insufficient_system_resource'].map((reason): (typeof ERRORS)[number] => [
    `that is its reason, ${reason}`,
    [chunk({ content: 'half' }), chunk({}, reason), DONE],
    new RegExp(`error within its answer: ${reason}`),
  ]),
  [
    'that is a web page',
    document('<title>Sign in</title>', 'text/html; charset=utf-8'),
    /answered with a web page: a login page/,
  ],
  [
    'that is encoded',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    /encoded as "gzip", which was not asked for/,
  ],
  ['that is no content', (response) => response.writeHead(204).end(), /answered with nothing/],
  [
    'that leads elsewhere',
    (response) => response.writeHead(302, { location: 'https://login.example/a?b=c' }).end(),
    /answers elsewhere: it leads to https:\/\/login\.example, where/,
  ],
  ['that is nothing but an end', [chunk({ content: 'half' })], /ended before the answer was complete/],
  [
    'that is an end after a call',
    [call(note(T, { index: 0, id: 'a' }))],
    /ended before the answer was complete/,
  ],
  ['that is no choice at all', [{ hello: 'world' }, null, DONE], /no chunk with choices/],
  ['that is an empty document', document('{}'), /no chunk with choices/],
  ['that is an empty stream', [], /no chunk with choices/],
];

const scripts = (cases: readonly (readonly [string, Script, unknown])[], kind: string): [string, Script][] =>
  cases.map(([name, script]) => [nameOf(kind, name), script]);
const nameOf = (kind: string, name: string): string => `${kind} ${name}`.replaceAll(' ', '-');

describe('A chat server with', () => {
  let chatServer: ScriptedChatServer;
  let server: TestServer;
  let ran: string[];

  beforeAll(async () => {
    chatServer = await ScriptedChatServer.start(
      new Map([
        ...Object.entries(KINDS).flatMap(([kind, cases]) => scripts(cases, kind)),
        ...scripts(ERRORS, 'an error'),
      ]),
    );
    server = await startServer({
      env: {
        CHAT_SERVER_URL: chatServer.url,
        // Those that stay open cost as much.
        CHAT_SERVER_TIMEOUT_MS: '500',
        CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1000',
      },
    });
    for (const name of ['note', 'list']) {
      server.app.get(ToolRegistry).register({
        name,
        description: 'Notes what it is given.',
        inputSchema: { type: 'object' },
        duration: 'quick',
        task: 'forbidden',
        // Ours compute with numbers; others are given them as they came.
        upstream: 'notes',
        handler: (args) => {
          ran.push(`${name} ${JSON.stringify(args)}`);
          return Promise.resolve({ content: [{ type: 'text', text: 'noted' }] });
        },
      });
    }
  });
  beforeEach(() => {
    ran = [];
  });
  afterAll(async () => {
    await server.close();
    await chatServer.close();
  });

  /** The whole answer, or the last event: one and the same. */
  const ask = async (model: string, streams: boolean): Promise<{ body: Answer; told: string }> => {
    if (!streams) {
      const response = await post(server.url, { message: 'q', model });
      return { body: (await response.json()) as Answer, told: '' };
    }
    const stream = await ChatEvents.open(server.url, { message: 'q', model });
    await stream.ended;
    // What fails before the first event is answered without a stream.
    const isPlain = stream.response.headers.get('content-type') === 'application/problem+json';
    const last = isPlain ? JSON.parse(stream.raw) : stream.events.at(-1)?.data;
    const texts = stream.of('text');
    const told = texts.filter(({ round }) => round === texts.at(-1)?.['round']).map(({ text }) => text);
    return { body: last as Answer, told: told.join('') };
  };

  describe.each(Object.entries(KINDS))('%s', (kind, cases) => {
    describe.each([
      ['in one piece', false],
      ['in a stream', true],
    ])('is understood, and answered %s', (_how, streams) => {
      it.each(cases)('%s', async (name, _script, { ran: expected = [], failed = [], response, notices }) => {
        const { body, told } = await ask(nameOf(kind, name), streams);
        expect(ran.toSorted()).toEqual([...expected].sort());
        expect(body.toolCalls.filter(({ status }) => status === 'ok')).toHaveLength(expected.length);
        expect(body.toolCalls.flatMap(({ code }) => code ?? [])).toEqual(failed);
        expect(new Set(body.toolCalls.map(({ id }) => id)).size).toBe(body.toolCalls.length);
        expect(body.response).toBe(response ?? 'done');
        expect(body.notices?.map(({ code }) => code)).toEqual(notices);
        if (streams) expect(told).toBe(body.response);
      });
    });
  });

  describe.each([
    ['a problem document', false],
    ['the last event', true],
  ])('an error, which is %s', (_how, streams) => {
    it.each(ERRORS)('%s', async (name, _script, detail) => {
      const { body } = await ask(nameOf('an error', name), streams);
      expect(body).toMatchObject({
        code: 'chat_server_failed',
        detail: expect.stringMatching(detail) as string,
      });
      expect(ran).toEqual([]);
    });
  });

  it('numbers that no double holds gives them back in the next round, and in the conversation', async () => {
    chatServer.asked.length = 0;
    const model = nameOf('arguments as', 'an object, with numbers that no double holds');
    const response = await post(server.url, { message: 'q', model });
    const text = await response.text();
    expect(text).toContain(`"arguments":{"id":${ID},"d":[0.1234567890123456789]}`);
    expect(JSON.stringify(chatServer.asked[1]?.messages)).toContain(`{\\"id\\":${ID},`);
    const { conversationId } = JSON.parse(text) as Answer;
    const kept = await fetch(`${server.url}/chat/${conversationId}`, { headers: { 'x-api-key': TEST_KEY } });
    expect(await kept.text()).toContain(`"arguments":{"id":${ID},`);
  });

  it('half an answer is told of in the conversation, in the log and in the metrics', async () => {
    const model = nameOf('an answer that is', 'cut');
    const response = await post(server.url, { message: 'q', model });
    const { conversationId, notices } = (await response.json()) as Answer;
    expect(notices?.[0]?.message).toMatch(/^The answer was cut off/);
    const kept = await fetch(`${server.url}/chat/${conversationId}`, { headers: { 'x-api-key': TEST_KEY } });
    expect(await kept.json()).toMatchObject({ turns: [{ status: 'answered', response: 'half', notices }] });
    const line = (): object | undefined =>
      server.requestLogs().find((each) => each['conversationId'] === conversationId);
    expect(line()).toMatchObject({ notices: ['answer_cut'] });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^mcpo_chat_notices_total\{code="answer_cut"\} [1-9]/m);
  });
});

interface Answer {
  readonly response: string;
  readonly conversationId: string;
  readonly toolCalls: readonly { readonly id: string; readonly status: string; readonly code?: string }[];
  readonly notices?: readonly { readonly code: string; readonly message: string }[];
}

/** Two of the calls above, of tools that are not ours to make up. */
describeWithParts('A chat server that calls tools of the network', ['ping'], () => {
  const at = (index: number, id: string): object => ({ index, id });
  const SCRIPTS = new Map<string, Script>([
    [
      'same-index',
      [
        call(piece('network_ping', '{"target":"127.0.0.1","count":1}', at(0, 'a'))),
        call(piece('network_interfaces', '{}', at(0, 'b'))),
        CALLS,
        DONE,
      ],
    ],
    ['object', [call(piece('network_connections', { protocol: 'udp', limit: 1 }, at(0, 'a'))), CALLS, DONE]],
  ]);

  it.each([
    [
      'same-index',
      [
        { name: 'network_ping', arguments: { target: '127.0.0.1', count: 1 } },
        { name: 'network_interfaces', arguments: {} },
      ],
    ],
    ['object', [{ name: 'network_connections', arguments: { protocol: 'udp', limit: 1 } }]],
  ])('has each of them run: %s', async (model, calls) => {
    const chatServer = await ScriptedChatServer.start(SCRIPTS);
    const server = await startServer({ env: { CHAT_SERVER_URL: chatServer.url } });
    const response = await post(server.url, { message: 'q', model });
    expect(await response.json()).toMatchObject({
      toolCalls: calls.map((each) => ({ ...each, status: 'ok' })),
    });
    await server.close();
    await chatServer.close();
  });
});
