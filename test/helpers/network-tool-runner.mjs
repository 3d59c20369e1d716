/**
 * Runs native network tools of the built product, so that a test can do it inside a network namespace.
 *
 * node network-tool-runner.mjs <dist directory> '{"tool": ..., "args": ..., "searchPath"?, "uid"?,
 * "cancelAtProgress"?,
 * "cancelAfterMs"?, "deadlineMs"?, "scopes"?, "policy"?}'
 *
 * or with `{"calls": [...], "searchPath"?, "uid"?, "policy"?}` several at once, and prints the list of their outcomes.
 *
 * Prints `{ok: true, text, structured, progress}` or `{ok: false, code, message, mend, progress}`. What breaks its own
 * output schema, or fails with anything but a ToolError, ends with exit code 1 and the reason on stderr.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';

const [dist, request] = process.argv.slice(2);
const { searchPath, uid, policy, calls, ...single } = JSON.parse(request);
const load = (path) => import(pathToFileURL(join(dist, path)).href);

const { NetworkModule } = await load('network/network.module.js');
const { SystemPaths, linuxPaths } = await load('network/host/system-paths.js');
const { CallContext } = await load('core/call-context.js');
const { Cancellation } = await load('core/cancellation.js');
const { ToolError } = await load('tools/tool-error.js');
const { TOOL_METADATA } = await load('tools/tool.decorator.js');

const app = await Test.createTestingModule({ imports: [NetworkModule, DiscoveryModule] })
  .overrideProvider(SystemPaths)
  .useValue({ ...linuxPaths, programs: searchPath ?? linuxPaths.programs })
  .compile();
await app.init();
if (policy !== undefined) {
  const { ProbePolicy } = await load('policy/probe-policy.service.js');
  const { parsePolicyFile } = await load('policy/rules/policy-file.js');
  app.get(ProbePolicy, { strict: false }).use('open', parsePolicyFile(policy, 'policy'));
}

const tools = new Map((calls ?? [single]).map(({ tool }) => [tool, findTool(tool)]));
// Every module is loaded by now: the user need not be able to read the repository.
if (uid !== undefined) {
  process.setgroups([]);
  process.setgid(uid);
  process.setuid(uid);
}

print(calls === undefined ? await outcomeOf(single) : await Promise.all(calls.map(outcomeOf)));
await app.close();

async function outcomeOf({
  tool,
  args = {},
  cancelAtProgress,
  cancelAfterMs,
  deadlineMs,
  scopes = ['network:host'],
}) {
  const cancellation = new Cancellation();
  if (deadlineMs !== undefined) cancellation.deadlineAt = performance.now() + deadlineMs;
  const cancel = () => cancellation.cancel(new ToolError('cancelled', 'cancelled by the test'));
  if (cancelAfterMs !== undefined) setTimeout(cancel, cancelAfterMs);
  const progress = [];
  const reportProgress = (step) => {
    progress.push(step);
    if (progress.length === cancelAtProgress) cancel();
  };
  const principal = { id: 'local', kind: 'local', scopes };
  const context = new CallContext({ principal, correlationId: 'test', cancellation, reportProgress });
  const { run, options } = tools.get(tool);
  try {
    const { text, structured } = await run(options.input.parse(args), context);
    options.output.strict().parse(structured);
    return { ok: true, text, structured, progress };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message, mend, data } = error;
    return { ok: false, code, message, mend, data, progress };
  }
}

function findTool(name) {
  for (const { instance } of app.get(DiscoveryService).getProviders()) {
    const prototype = Object.getPrototypeOf(instance ?? {});
    for (const key of Object.getOwnPropertyNames(prototype ?? {})) {
      const method = Object.getOwnPropertyDescriptor(prototype, key)?.value;
      const metadata = typeof method === 'function' ? Reflect.getMetadata(TOOL_METADATA, method) : undefined;
      if (metadata?.name === name) return { options: metadata, run: method.bind(instance) };
    }
  }
  throw new Error(`no tool has the name ${name}`);
}

function print(outcome) {
  process.stdout.write(JSON.stringify(outcome));
}
