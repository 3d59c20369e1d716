import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnEndpoints } from '../../policy/denials/own-endpoints.service.js';
import { Explain } from '../../tools/explain/explain.service.js';
import { NameServers, serversIn } from '../dns/name-servers.js';
import { TargetResolver } from './target-resolver.js';

/** Lets the rooms below look names up as the tools do. */
@Injectable()
export class PolicyLookups implements OnModuleInit {
  constructor(
    private readonly resolver: TargetResolver,
    @Inject(NameServers) private readonly nameServers: NameServers,
    private readonly explain: Explain,
    private readonly endpoints: OwnEndpoints,
  ) {}

  onModuleInit(): void {
    const lookUp: Parameters<Explain['lookUpWith']>[0] = async (host, signal, family) =>
      (await this.resolver.resolveAll(host, signal, family)).map(({ address }) => address);
    this.explain.lookUpWith(lookUp, async () => serversIn(await this.nameServers()));
    this.endpoints.lookUpWith(lookUp);
  }
}
