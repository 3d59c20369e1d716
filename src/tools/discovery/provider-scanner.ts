import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A method that carries a decorator, bound to its provider, with what the decorator said. */
export interface DecoratedMethod<Options> {
  readonly options: Options;
  readonly run: (...args: unknown[]) => Promise<unknown>;
}

/** Finds the decorated methods among all providers of the application. */
@Injectable()
export class ProviderScanner {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  find<Options>(metadataKey: string): DecoratedMethod<Options>[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const instance: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      return typeof instance === 'object' && instance !== null
        ? this.methodsOf<Options>(instance, metadataKey)
        : [];
    });
  }

  private methodsOf<Options>(instance: object, metadataKey: string): DecoratedMethod<Options>[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, unknown> | null;
    if (prototype === null) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name];
      if (typeof method !== 'function') return [];
      const options = Reflect.getMetadata(metadataKey, method) as Options | undefined;
      return options === undefined
        ? []
        : [{ options, run: method.bind(instance) as DecoratedMethod<Options>['run'] }];
    });
  }
}
