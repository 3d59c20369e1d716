import { hash } from 'node:crypto';
import { Recent } from '../core/bounds/recent.js';
import { Globs } from '../core/glob.js';
import type { Principal, Scope } from '../core/principal.js';
import { toolGlobOf } from '../core/scopes.js';

/** Rights that are kept to be shared, and characters of all of them. */
const SHARED = { entries: 10_000, size: 1_048_576 };

/** What the scopes and rules of a principal say of tools. They are read once, and asked for each tool of each list. */
export class ToolRights {
  private readonly scopes: Globs<Scope>;
  private readonly allowed: Globs | undefined;
  private readonly denied: Globs | undefined;

  constructor({ scopes, tools }: Principal) {
    this.scopes = new Globs(scopes, toolGlobOf);
    this.allowed = tools && new Globs(tools.allow, itself);
    this.denied = tools && new Globs(tools.deny, itself);
  }

  /** The rule that denies a tool. */
  denying(tool: string): string | undefined {
    return this.denied?.find(tool);
  }

  isAllowed(tool: string): boolean {
    return this.allowed === undefined || this.allowed.find(tool) !== undefined;
  }

  /** The scope that opens a tool. */
  opening(tool: string): Scope | undefined {
    return this.scopes.find(tool);
  }
}

const itself = (glob: string): string => glob;

/** The rights of principals: one object for all of a kind with the same scopes and rules. */
export class SharedRights {
  private readonly ofPrincipals = new WeakMap<Principal, ToolRights>();
  private readonly shared = new Recent<string, ToolRights>(SHARED);

  of(principal: Principal): ToolRights {
    let rights = this.ofPrincipals.get(principal);
    if (rights === undefined) this.ofPrincipals.set(principal, (rights = this.find(principal)));
    return rights;
  }

  private find(principal: Principal): ToolRights {
    const { kind, scopes, tools } = principal;
    const text = JSON.stringify([kind, scopes, tools]);
    const key = hash('sha256', text, 'base64');
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const rights = new ToolRights(principal);
    this.shared.set(key, rights, text.length);
    return rights;
  }
}
