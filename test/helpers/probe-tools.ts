import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { CallContext } from '../../src/core/call-context.js';
import { Cancellation } from '../../src/core/cancellation.js';
import type { Scope } from '../../src/core/principal.js';
import { NetworkModule } from '../../src/network/network.module.js';
import { NameServers } from '../../src/network/dns/name-servers.js';
import type { ResolvConf } from '../../src/core/names/resolv-conf.js';
import { HostLookup } from '../../src/core/names/host-lookup.port.js';
import { RootBundles } from '../../src/network/tls/trusted-roots.js';
import { ProbePolicy, type Probe } from '../../src/policy/probe-policy.service.js';
import { TOOL_METADATA, type ToolOptions, type ToolOutput } from '../../src/tools/tool.decorator.js';
import { PRINCIPAL } from './application-context.js';

export interface CallSettings {
  readonly cancellation?: Cancellation;
  readonly scopes?: readonly Scope[];
  /** From the beginning of the call. */
  readonly deadlineMs?: number;
}

export interface ProbeAnswer<T> {
  readonly text: string;
  readonly structured: T;
  /** Of the structured content and the text, as they are sent. */
  readonly bytes: number;
}

type Run = (args: object, context: CallContext) => Promise<ToolOutput>;

/** The native tools by themselves, over a policy and names of the test: servers on loopback may be probed. */
export interface ProbeTools {
  /** Arguments and answer are held against the schemas. Rejects with the tool's error. */
  call<T>(tool: string, args: object, settings?: CallSettings): Promise<ProbeAnswer<T>>;
  /** What the policy was asked, in order, since the last call began. */
  readonly asked: readonly Probe[];
  close(): Promise<void>;
}

/** @param denies - the rule that forbids a probe; without one it may go. */
export async function probeTools(
  options: {
    readonly names?: Readonly<Record<string, readonly string[]>>;
    /** What resolv.conf says. */
    readonly resolvConf?: ResolvConf;
    /** Files with roots that the machine trusts. */
    readonly roots?: readonly string[];
    readonly denies?: (probe: Probe) => string | undefined;
  } = {},
): Promise<ProbeTools> {
  let asked: Probe[] = [];
  const policy = {
    authorize(probe: Probe) {
      asked.push(probe);
      const rule = options.denies?.(probe);
      return { isAllowed: rule === undefined, rule: rule ?? 'of the test', isForAllTargets: false };
    },
  };
  const lookUp: HostLookup = (name) => {
    const addresses = options.names?.[name];
    if (addresses === undefined) return Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }));
    return Promise.resolve(addresses.map((address) => ({ address })));
  };
  const module: TestingModule = await Test.createTestingModule({ imports: [NetworkModule, DiscoveryModule] })
    .overrideProvider(ProbePolicy)
    .useValue(policy)
    .overrideProvider(HostLookup)
    .useValue(lookUp)
    .overrideProvider(NameServers)
    .useValue(() => Promise.resolve(options.resolvConf ?? { servers: [], search: [], ndots: 1 }))
    .overrideProvider(RootBundles)
    .useValue(options.roots ?? [])
    .compile();
  await module.init();
  return {
    get asked() {
      return asked;
    },
    call: async <T>(name: string, args: object, settings: CallSettings = {}): Promise<ProbeAnswer<T>> => {
      const { run, tool } = find(module, name);
      const { cancellation = new Cancellation(), deadlineMs } = settings;
      if (deadlineMs !== undefined) cancellation.deadlineAt = performance.now() + deadlineMs;
      const principal = { ...PRINCIPAL, scopes: settings.scopes ?? PRINCIPAL.scopes };
      asked = [];
      const context = new CallContext({ principal, correlationId: 'test', cancellation });
      const { text, structured } = await run(tool.input.parse(args), context);
      tool.output!.strict().parse(structured);
      const bytes = Buffer.byteLength(JSON.stringify(structured)) + Buffer.byteLength(text);
      return { text, structured: structured as T, bytes };
    },
    close: () => module.close(),
  };
}

function find(module: TestingModule, name: string): { run: Run; tool: ToolOptions } {
  for (const { instance } of module.get(DiscoveryService).getProviders()) {
    const prototype = Object.getPrototypeOf(instance ?? {}) as object | null;
    for (const key of Object.getOwnPropertyNames(prototype ?? {})) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
      if (typeof method !== 'function') continue;
      const tool = Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined;
      if (tool?.name === name) return { run: method.bind(instance) as Run, tool };
    }
  }
  throw new Error(`no tool has the name ${name}`);
}
