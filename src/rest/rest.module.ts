import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { ToolCalls } from './tool-calls.service.js';
import { ToolListing } from './tool-listing.service.js';
import { ToolsController } from './tools.controller.js';

/** The tools for clients that speak HTTP and JSON alone. */
@Module({
  imports: [AccessModule, ToolsModule],
  controllers: [ToolsController],
  providers: [ToolCalls, ToolListing],
})
export class RestModule {}
