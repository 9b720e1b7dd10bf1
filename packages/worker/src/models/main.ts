import { ConfigError, readConfig, workerSettings } from '@tributary/shared';
import { CATALOGUE, findEntry } from './catalogue.js';
import { installedModels, installModel, isInstalled, modelFolder } from './install-model.js';
import { listModels } from './list-models.js';
import { ModelError } from './model-error.js';
import { modelCommand } from './options.js';
import { ProgressLine } from './progress-line.js';

/* `npm run model`: what can be recognised with, and fetching it. */

const command = modelCommand(process.argv.slice(2));
try {
  await run();
} catch (error) {
  if (!(error instanceof ModelError || error instanceof ConfigError)) throw error;
  process.stderr.write(`tributary: ${error.message}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { MODELS_DIR: modelsFolder } = readConfig({ MODELS_DIR: workerSettings.MODELS_DIR }, process.env);
  switch (command.do) {
    case 'list':
      process.stdout.write(listModels(CATALOGUE, (name) => isInstalled(modelsFolder, name)));
      return;
    case 'pull':
      return await pull(modelsFolder, command.name, command.timeoutMs);
    case 'path':
      process.stdout.write(`${pathOf(modelsFolder, command)}\n`);
      return;
  }
}

async function pull(modelsFolder: string, name: string, timeoutMs: number | undefined): Promise<void> {
  const entry = findEntry(name);
  const line = new ProgressLine(process.stderr);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new ModelError(`${signal}: stopped; what came so far is kept`)));
  }
  const timer = setTimeout(
    () => stop.abort(new ModelError(`${name} was not there in time; what came so far is kept`)),
    timeoutMs ?? 2 ** 31 - 1,
  );
  try {
    const folder = await installModel(entry, {
      modelsFolder,
      env: process.env,
      signal: stop.signal,
      step: (what) => line.step(what),
      progress: (bytes, ofBytes) => line.progress(bytes, ofBytes),
    });
    line.end();
    process.stdout.write(`${folder}\n`);
  } finally {
    line.end();
    clearTimeout(timer);
  }
}

function pathOf(modelsFolder: string, { name, any }: { name: string | undefined; any: boolean }): string {
  if (any && installedModels(modelsFolder).length === 0)
    throw new ModelError(`${modelsFolder} holds no model`);
  if (name === undefined) return modelsFolder;
  if (isInstalled(modelsFolder, name)) return modelFolder(modelsFolder, name);
  throw new ModelError(`${name} is not here; fetch it with: npm run model -- pull ${findEntry(name).name}`);
}
