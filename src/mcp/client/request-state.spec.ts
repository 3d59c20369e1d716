import type { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { MAX_LENGTH } from '../protocol/params.js';
import { RequestStates, type StatefulRequest } from './request-state.js';
import { Sealer } from './sealer.js';

const MINUTE_MS = 60_000;
const LIFETIME_MS = 15 * MINUTE_MS;
const principal = (id: string): Principal => ({ id, kind: 'api-key', scopes: ['tools:call'] });
const ANSWERS = { name: { action: 'accept', content: { name: 'Ann' } } };

// 2026-07-28, basic/patterns/mrtr, "Server Requirements (Basic Workflow)" 4 and 5.
describe(RequestStates.name, () => {
  const clock = { time: 1_000_000, now: () => clock.time };
  const sealer = new Sealer({ mcp: { stateKey: new Uint8Array(32).fill(7) } } as Configuration);
  const sut = new RequestStates(sealer, clock);
  const request: StatefulRequest = {
    method: 'tools/call',
    params: { name: 'ask', arguments: { a: 1 }, _meta: { progressToken: 1 } },
    principal: principal('key:one'),
  };
  const refusal = (of: StatefulRequest, state: unknown): unknown => {
    try {
      return sut.open(of, state);
    } catch (error) {
      return error instanceof AppError ? error.code : error;
    }
  };

  beforeEach(() => {
    clock.time = 1_000_000;
  });

  it('gives back the answers of earlier rounds', () => {
    expect(sut.open(request, sut.seal(request, ANSWERS))).toEqual(ANSWERS);
  });

  it('opens nothing that is longer than a state can be, and gives no such state', () => {
    const open = jest.spyOn(sealer, 'open');
    expect(refusal(request, 'x'.repeat(MAX_LENGTH.requestState + 1))).toBe('invalid_params');
    expect(open).not.toHaveBeenCalled();
    open.mockRestore();
    const long = { name: { action: 'accept', content: { name: 'x'.repeat(MAX_LENGTH.requestState) } } };
    expect(() => sut.seal(request, long)).toThrow('params.inputResponses are too long');
  });

  it('has no answers where no state was sent', () => {
    expect(sut.open(request, undefined)).toEqual({});
  });

  it('belongs to the request, whatever its _meta, its answers and its former state', () => {
    const state = sut.seal(request, ANSWERS);
    const params = {
      ...request.params,
      _meta: { progressToken: 2 },
      inputResponses: ANSWERS,
      requestState: state,
    };
    expect(sut.open({ ...request, params }, state)).toEqual(ANSWERS);
  });

  it('is good until its time has passed', () => {
    const state = sut.seal(request, ANSWERS);
    clock.time += LIFETIME_MS;
    expect(sut.open(request, state)).toEqual(ANSWERS);
    clock.time += 1;
    expect(refusal(request, state)).toBe('invalid_params');
  });

  it.each<[string, Partial<StatefulRequest>]>([
    ['another principal', { principal: principal('key:two') }],
    ['another method', { method: 'prompts/get' }],
    ['another tool', { params: { name: 'other', arguments: { a: 1 } } }],
    ['other arguments', { params: { name: 'ask', arguments: { a: 2 } } }],
  ])('is refused for %s', (_what, change) => {
    const state = sut.seal(request, ANSWERS);
    expect(refusal({ ...request, ...change }, state)).toBe('invalid_params');
  });

  it('is refused when it was tampered with', () => {
    const bytes = Buffer.from(sut.seal(request, ANSWERS), 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    expect(refusal(request, bytes.toString('base64url'))).toBe('invalid_params');
  });

  it('is refused when it was sealed for something else', () => {
    expect(refusal(request, sealer.seal('cursor:tools:key:one', 'a'))).toBe('invalid_params');
  });

  it.each([null, 5, {}, [], '', 'forged'])('is refused when it is %j', (state) => {
    expect(refusal(request, state)).toBe('invalid_params');
  });
});
