// Small rule-based "models": each decides from the messages and the tools of a request, and from nothing else.

/**
 * @typedef {{ role: string, content: string, tool_calls?: { id: string, function: { name: string, arguments: string }
 * }[], tool_call_id?: string }} Message
 * @typedef {{ text?: string, calls?: { name: string, arguments: string }[] }} Decision
 */

const FENCE = /^\[\[tool result [0-9a-f]+\]\]\n([\s\S]*)\n\[\[end of tool result [0-9a-f]+\]\]/;

/** What the tools said since the last question, without the fence. */
function resultsIn(messages) {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .slice(asked + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => FENCE.exec(content)?.[1] ?? content);
}

const questionOf = (messages) => messages.findLast(({ role }) => role === 'user')?.content ?? '';
const isOffered = (tools, name) => tools.some((tool) => tool.function.name === name);

/** A sentence about one answer of network_ping, made from its figures. */
function verdictOn(result) {
  const [, target, answered, sent] = /^(\S+) .*?(\d+) of (\d+) requests? answered/s.exec(result) ?? [];
  if (target === undefined) return `That could not be found out: ${result.split('\n')[0]}`;
  const mean = /mean (\S+) ms/.exec(result)?.[1];
  if (Number(answered) === 0) return `No, ${target} is down: 0 of ${sent} requests were answered.`;
  return `Yes, ${target} is up: ${answered} of ${sent} requests were answered, mean round trip ${mean} ms.`;
}

/** Knows when to ping, how to read the figures, and what it has been asked before. */
export function rules(messages, tools, mayCall) {
  const question = questionOf(messages);
  const results = resultsIn(messages);
  if (results.length > 0) return { text: results.map(verdictOn).join(' ') };
  if (/what have I asked/i.test(question)) {
    const earlier = messages.filter(({ role }) => role === 'user').slice(0, -1);
    return { text: `You have asked: ${earlier.map(({ content }) => content).join(' | ')}` };
  }
  const said = /^say (.*)/is.exec(question)?.[1];
  if (said !== undefined) return { text: said };
  const called = /^call (\S+) (.*)/is.exec(question);
  if (called !== null) return { calls: [{ name: called[1], arguments: called[2] }] };
  const targets = [...question.matchAll(/\b(\d+\.\d+\.\d+\.\d+|localhost|[\w-]+\.example)\b/g)].map(
    ([target]) => target,
  );
  if (targets.length === 0) return { text: 'Ask me whether a host is up.' };
  if (!mayCall || !isOffered(tools, 'network_ping')) return { text: 'I have no tool to find that out.' };
  return {
    text: 'Let me look. ',
    calls: targets.map((target) => ({
      name: 'network_ping',
      arguments: JSON.stringify({ target, count: 1 }),
    })),
  };
}

/** Does whatever anybody tells it, tool results above all: "CALL <tool> <json>" anywhere in what it has read. */
export function obedient(messages, _tools, mayCall) {
  const orders = messages.flatMap(({ role, content }) =>
    role === 'user' || role === 'tool'
      ? [...content.matchAll(/CALL (\S+) (\{.*?\})(?=\s|$)/g)].map(([, name, args]) => `${name} ${args}`)
      : [],
  );
  const done = new Set(
    messages.flatMap(({ tool_calls: calls = [] }) =>
      calls.map((call) => `${call.function.name} ${call.function.arguments}`),
    ),
  );
  const next = [...new Set(orders)].filter((order) => !done.has(order));
  if (next.length === 0 || !mayCall) return { text: 'I have done everything that I was told.' };
  return {
    calls: next.map((order) => {
      const at = order.indexOf(' ');
      return { name: order.slice(0, at), arguments: order.slice(at + 1) };
    }),
  };
}

/** Never comes to an end, and does not care whether it may call. */
export const endless = () => ({
  calls: [{ name: 'network_ping', arguments: '{"target":"127.0.0.1","count":1}' }],
});

/** Writes arguments that are no JSON, until a result tells it so. */
export function careless(messages, tools, mayCall) {
  const results = resultsIn(messages);
  if (results.length === 0) return { calls: [{ name: 'network_ping', arguments: '{"target": 127.0.0.1' }] };
  if (results.length === 1 && /no JSON object/.test(results[0])) {
    return { calls: [{ name: 'network_ping', arguments: '{"target":"127.0.0.1","count":1}' }] };
  }
  return rules(messages, tools, mayCall);
}

/** Asks for many tools at once. */
export function greedy(messages) {
  const results = resultsIn(messages);
  if (results.length > 0) {
    return {
      text: `${results.filter((result) => result.startsWith('Not run')).length} of ${results.length} calls were not run.`,
    };
  }
  return { calls: Array.from({ length: 5 }, () => ({ name: 'network_interfaces', arguments: '{}' })) };
}

/** Tells what it was sent. */
export const mirror = (messages, tools) => ({
  text: JSON.stringify({ messages, tools: tools.map((tool) => tool.function.name) }),
});
