import { Injectable } from '@nestjs/common';
import type { Attempt, Outcome } from './dns-lookup.schema.js';
import { TYPES } from './dns-numbers.js';
import { type DnsAnswer, type Query, readAnswer } from './dns-message.js';
import { askOverTcp, askOverUdp, type DnsServer, type Exchange, newId } from './dns.exchange.js';
import { domainNameText, type Labels } from './domain-name.js';

/** One server: as glibc waits (resolv.conf(5), `timeout` and `attempts`), and half as long for a repetition. */
const WAIT_MS = 5_000;
const REPEAT_MS = 2_000;
/** After these another server may know more. */
const NO_LAST_WORD: ReadonlySet<Outcome> = new Set([
  ...(['servfail', 'refused', 'other_rcode', 'timeout', 'unreachable'] as const),
]);
const FORMERR = 1;
const NOTIMP = 4;

export interface Question {
  readonly name: Labels;
  readonly type: number;
  readonly transport: 'udp' | 'tcp';
  readonly recurse: boolean;
  readonly dnssec: boolean;
  /** Records of each section that are read. */
  readonly limit: number;
}

/** What one server has said, or why it has not. */
export interface Reply {
  readonly server: DnsServer;
  readonly exchange: Exchange;
  readonly answer: DnsAnswer | null;
  readonly outcome: Outcome;
}

/** The course of a look-up, which grows with each question. */
export interface Course {
  readonly attempts: Attempt[];
  readonly remarks: Set<string>;
  readonly stop: AbortSignal;
  /** Milliseconds that one server may take. */
  readonly waitMs: number;
  /** Is called before anything is sent. @throws ToolError `policy_denied` */
  readonly admit: (server: DnsServer, transport: 'udp' | 'tcp') => Promise<void>;
}

/** Asks servers one question, one after the other until one knows. */
@Injectable()
export class DnsAsker {
  /** The first last word; of failures, what a server has said goes before silence. */
  async ask(question: Question, servers: readonly DnsServer[], course: Course): Promise<Reply> {
    let best: Reply | undefined;
    for (const server of servers) {
      const reply = await this.askOne(question, server, course);
      if (!NO_LAST_WORD.has(reply.outcome)) return reply;
      if (best === undefined || (best.answer === null && reply.answer !== null)) best = reply;
      if (course.stop.aborted) break;
    }
    return best!;
  }

  private async askOne(question: Question, server: DnsServer, course: Course): Promise<Reply> {
    const { transport } = question;
    let reply = await this.exchange(question, server, transport, true, course);
    const rcode = reply.answer?.rcode;
    if ((rcode === FORMERR || rcode === NOTIMP) && reply.answer?.edns === null) {
      // RFC 6891, 6.2.2 and 7: a server from before EDNS.
      const plain = await this.exchange(question, server, transport, false, course);
      if (plain.answer !== null && plain.answer.rcode !== rcode) {
        course.remarks.add('The server refuses questions with EDNS; it was asked without.');
        reply = plain;
      }
    }
    if (transport === 'udp' && reply.answer?.flags.tc === true) {
      const whole = await this.exchange(question, server, 'tcp', reply.answer.edns !== null, course);
      if (whole.answer !== null) return whole;
      course.remarks.add(
        'The reply over UDP was cut, and there was none over TCP: only its beginning is known.',
      );
    }
    return reply;
  }

  private async exchange(
    { name, type, recurse, dnssec, limit }: Question,
    server: DnsServer,
    transport: 'udp' | 'tcp',
    edns: boolean,
    { stop, waitMs, attempts, remarks, admit }: Course,
  ): Promise<Reply> {
    await admit(server, transport);
    const query: Query = { id: newId(), name, type, recurse, dnssec, edns };
    const options = { waitMs: Math.min(WAIT_MS, waitMs), repeatMs: Math.min(REPEAT_MS, waitMs / 2), stop };
    const ask = transport === 'udp' ? askOverUdp : askOverTcp;
    const exchange = await ask(server, query, options);
    const answer = exchange.message === null ? null : readAnswer(exchange.message, limit);
    const outcome = outcomeOf(query, answer, exchange);
    const code = exchange.failure?.code ?? null;
    const { ms, ignored, failure } = exchange;
    if (failure?.kind !== 'cut_off') {
      attempts.push({ name: domainNameText(name), server: server.address, transport, outcome, code, ms });
    }
    if (ignored > 0)
      remarks.add(`${ignored} messages did not answer the question that was asked, and were ignored.`);
    if (answer !== null && answer.broken !== null)
      remarks.add(`The reply is malformed: ${answer.broken}. What stands before that is told.`);
    return { server, exchange, answer, outcome };
  }
}

function outcomeOf({ type }: Query, answer: DnsAnswer | null, { failure }: Exchange): Outcome {
  if (answer === null) return failure?.kind === 'unreachable' ? 'unreachable' : 'timeout';
  switch (answer.rcode) {
    case 0:
      return ofNoError(type, answer);
    case 2:
      return 'servfail';
    case 3:
      return 'nxdomain';
    case 5:
      return 'refused';
    default:
      return 'other_rcode';
  }
}

/** RFC 2308, 2.2. */
function ofNoError(type: number, { answerTypes, authorityTypes, flags }: DnsAnswer): Outcome {
  const isAnswered = type === TYPES.ANY ? answerTypes.size > 0 : answerTypes.has(type);
  if (isAnswered || flags.tc) return 'answered';
  const isReferral = !flags.aa && authorityTypes.has(TYPES.NS) && !authorityTypes.has(TYPES.SOA);
  return isReferral && answerTypes.size === 0 ? 'referral' : 'nodata';
}
