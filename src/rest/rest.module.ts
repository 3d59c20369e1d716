import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Configuration } from '../config/configuration.js';
import { ToolsModule } from '../tools/tools.module.js';
import { DocsController } from './docs/docs.controller.js';
import { OpenApiController } from './openapi.controller.js';
import { OpenApiDocuments } from './openapi/openapi.service.js';
import { RestStatus } from './rest.status.js';
import { ToolCalls } from './tool-calls.service.js';
import { ToolListing } from './tool-listing.service.js';
import { ToolsController } from './tools.controller.js';

/** The tools for clients that speak HTTP and JSON alone. */
@Module({})
export class RestModule {
  static forRoot({ rest }: Configuration): DynamicModule {
    return {
      module: RestModule,
      imports: [AccessModule, ToolsModule],
      controllers: [
        ...(rest.enabled ? [ToolsController, OpenApiController] : []),
        ...(rest.docs ? [DocsController] : []),
      ],
      providers: [RestStatus, ...(rest.enabled ? [ToolCalls, ToolListing, OpenApiDocuments] : [])],
    };
  }
}
