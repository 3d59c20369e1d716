import { shareOf } from '../../core/bounds/bounded-store.js';
import type { JsonObject, McpLogLevel } from '../../core/client.port.js';
import type { EntryScript, RedisBoundedStore, RedisConnection } from '../../storage/redis.connection.js';
import { type Session, sessionBounds, type SessionStore } from './session.store.port.js';

const SUBSCRIPTION = 'subscription:';

const CREATE = `
local bytes = tonumber(ARGV[6])
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('HSET', entry, unpack(ARGV, 7))
settle(bytes, false)
return 1
`;

/** Sets a field, unless the session has ended: it would stay for ever then. */
const SET_FIELD = `
if redis.call('EXISTS', entry) == 0 then return 0 end
local field, value, bytes = ARGV[6], ARGV[7], sizeOf(id)
if redis.call('HEXISTS', entry, field) == 0 then bytes = bytes + tonumber(ARGV[8]) end
local problem = makeRoom(bytes)
if problem ~= 0 then return problem end
redis.call('HSET', entry, field, value)
settle(bytes, false)
return 1
`;

const DELETE_FIELD = `
if redis.call('HDEL', entry, ARGV[6]) == 1 then settle(sizeOf(id) - tonumber(ARGV[7]), false) end
return 1
`;

/** Longer than the name of any level. */
const LOG_LEVEL_BYTES = 16;
/** What a field of a hash takes beside its texts. */
const FIELD_BYTES = 64;

/**
 * Sessions that every replica can serve: one Redis hash each. A subscription is a field of its own, so that two
 * replicas that change one session at the same time lose nothing.
 */
export class RedisSessionStore implements SessionStore {
  private readonly kept: RedisBoundedStore;
  private readonly createEntry: EntryScript;
  private readonly setField: EntryScript;
  private readonly deleteField: EntryScript;

  /** @param capacity MCP_MAX_SESSIONS */
  constructor(
    private readonly redis: RedisConnection,
    private readonly ttlMs: number,
    capacity: number,
  ) {
    this.kept = redis.boundedStore({
      kind: 'session',
      what: 'sessions',
      ttlMs,
      perOwner: shareOf(sessionBounds(capacity)),
    });
    this.createEntry = this.kept.script('Create', CREATE);
    this.setField = this.kept.script('SetField', SET_FIELD);
    this.deleteField = this.kept.script('DeleteField', DELETE_FIELD);
  }

  async create({ id, principalId, revision, capabilities }: Session): Promise<void> {
    const fields = ['principalId', principalId, 'revision', revision];
    fields.push('capabilities', JSON.stringify(capabilities));
    const bytes = this.kept.bytesOf(...fields) + LOG_LEVEL_BYTES;
    await this.createEntry(principalId, id, this.ttlMs, bytes, ...fields);
  }

  async find(owner: string, id: string): Promise<Session | undefined> {
    const [fields] = await Promise.all([
      this.redis.client.hgetall(this.kept.keyOf(owner, id)),
      this.kept.touch(owner, id),
    ]);
    const { principalId, revision, capabilities, logLevel } = fields;
    if (principalId !== owner || revision === undefined || capabilities === undefined) return undefined;
    return {
      id,
      principalId,
      revision,
      capabilities: JSON.parse(capabilities) as JsonObject,
      logLevel: logLevel as McpLogLevel | undefined,
      subscriptions: Object.keys(fields)
        .filter((field) => field.startsWith(SUBSCRIPTION))
        .map((field) => field.slice(SUBSCRIPTION.length)),
    };
  }

  async setLogLevel(owner: string, id: string, level: McpLogLevel): Promise<void> {
    await this.setField(owner, id, this.ttlMs, 'logLevel', level, 0);
  }

  async addSubscription(owner: string, id: string, uri: string): Promise<void> {
    const field = SUBSCRIPTION + uri;
    await this.setField(owner, id, this.ttlMs, field, '', fieldBytes(field));
  }

  async removeSubscription(owner: string, id: string, uri: string): Promise<void> {
    const field = SUBSCRIPTION + uri;
    await this.deleteField(owner, id, this.ttlMs, field, fieldBytes(field));
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.kept.forget(owner, id);
  }
}

const fieldBytes = (field: string): number => Buffer.byteLength(field) + FIELD_BYTES;
