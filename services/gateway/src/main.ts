import { appRouter } from '@boxoffice/contracts';
import { runService } from '@boxoffice/service-kit';
import { compose } from './compose.ts';
import { Config } from './config.ts';

await runService({ name: 'gateway', config: Config, router: appRouter, compose });
