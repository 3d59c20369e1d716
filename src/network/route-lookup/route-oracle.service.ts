import { Injectable } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import { ProgramRunner } from '../host/program-runner.js';
import { runProgram } from '../host/run-program.js';
import { KernelTables } from '../host/tables.service.js';
import type { Route } from '../routes/route.schema.js';
import type { TargetAddress } from '../target/target.js';
import { isOwn, NOWHERE, RouteInquiry, withRoute } from './route-inquiry.js';
import type { RouteAnswer, RouteQuestion } from './route-lookup.schema.js';

/** Without `ip` nothing but the main table is there to look into. */
const PROCFS_REMARK =
  'The longest prefix of the main table, as the files of /proc have it: rules, other tables, marks and what else was ' +
  'asked for are not looked at.';
/** Asks the kernel which way a packet would go. No packet is sent. */
@Injectable()
export class RouteOracle {
  constructor(
    private readonly runner: ProgramRunner,
    private readonly tables: KernelTables,
  ) {}

  /** @throws ToolError `invalid_arguments` for an interface that is not there; `tool_failed`; the signal's reason. */
  async ask(target: TargetAddress, question: RouteQuestion, signal: AbortSignal): Promise<RouteAnswer> {
    const [address = '', zone] = target.address.split('%');
    const asked = { ...question, oif: question.oif ?? zone };
    const inquiry = new RouteInquiry({ address, family: target.family }, asked, {
      run: runProgram(this.runner, signal),
      routeIn: async (table) => (await this.read(address, target.family, table, signal)).route,
    });
    try {
      return await inquiry.answer();
    } catch (error) {
      if (!(error instanceof ToolError) || !NO_IP.has(error.code)) throw error;
      const { route, sourceNote } = await this.read(address, target.family, 'main', signal);
      return ofMainTable(address, target.family, route, sourceNote ?? error.message);
    }
  }

  private async read(
    destination: string,
    family: Route['family'],
    table: string,
    signal: AbortSignal,
  ): Promise<{ readonly route: Route | undefined; readonly sourceNote: string | null }> {
    const query = { destination, family, table, limit: 1, offset: 0 };
    const { routes, sourceNote } = await this.tables.read('routes', query, signal);
    return { route: routes[0], sourceNote };
  }
}

const NO_IP: ReadonlySet<string> = new Set(['missing_binary', 'permission_denied', 'not_supported']);

function ofMainTable(
  address: string,
  family: Route['family'],
  route: Route | undefined,
  sourceNote: string,
): RouteAnswer {
  const isLocal = isOwn(address);
  const base = { address, family, rule: null, source: 'procfs' as const, sourceNote };
  const remarks = [PROCFS_REMARK];
  if (isLocal || route === undefined) {
    const outcome = isLocal ? 'local' : 'no_route';
    return { ...base, ...NOWHERE, remarks, outcome, table: null, matchedPrefix: null };
  }
  return { ...base, ...withRoute({ route, mtuExpiresSeconds: null }, route), remarks, table: 'main' };
}
