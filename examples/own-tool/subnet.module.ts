import { Module } from '@nestjs/common';
import { SubnetTool } from './subnet.tool.js';

/** A class with a `@Tool` method is found wherever a module provides it. */
@Module({ providers: [SubnetTool] })
export class SubnetModule {}
