import type { Authorization, ToolRights } from '../../access/authorization.service.js';
import { Recent } from '../../core/bounds/recent.js';
import type { Principal } from '../../core/principal.js';
import type { RegisteredTool, ToolRegistry } from '../tool.registry.js';

/** Lists that are kept, and tools in all of them. */
export const MAX_LISTS = 1000;
export const MAX_TOOLS = 1_000_000;

/** The tools that principals may call: found once per state of the registry for all with the same rights. */
export class VisibleTools {
  private readonly lists = new Recent<ToolRights, readonly RegisteredTool[]>({
    entries: MAX_LISTS,
    size: MAX_TOOLS,
  });
  private version = -1;

  constructor(
    private readonly registry: ToolRegistry,
    private readonly authorization: Authorization,
  ) {}

  /** Ordered by name. */
  to(principal: Principal): readonly RegisteredTool[] {
    const { version } = this.registry;
    if (this.version !== version) this.lists.clear();
    this.version = version;
    const rights = this.authorization.rightsOf(principal);
    const known = this.lists.get(rights);
    if (known !== undefined) return known;
    const mayCall = ({ definition: { name } }: RegisteredTool): boolean =>
      this.authorization.mayCallTool(principal, name);
    const tools = this.registry.all().filter(mayCall);
    this.lists.set(rights, tools, tools.length + 1);
    return tools;
  }
}
