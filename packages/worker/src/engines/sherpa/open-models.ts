import { installedModels, modelFolder } from '../../models/install-model.js';
import { type InstalledModel, readManifest } from '../../models/manifest.js';

/**
 * Models of a folder in the order in which they are named, or all of them in alphabetical order.
 *
 * @throws Error when one that is named is not there, or a manifest is broken.
 */
export async function openModels(modelsFolder: string, names: string): Promise<InstalledModel[]> {
  const here = installedModels(modelsFolder);
  const wanted = names.split(',').flatMap((name) => name.trim() || []);
  const missing = wanted.filter((name) => !here.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${modelsFolder} holds no ${missing.join(', ')}; fetch it with: npm run model -- pull NAME`,
    );
  }
  const chosen = wanted.length === 0 ? here : wanted;
  return await Promise.all(chosen.map((name) => readManifest(modelFolder(modelsFolder, name))));
}
