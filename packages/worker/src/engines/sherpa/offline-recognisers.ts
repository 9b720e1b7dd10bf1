// Its exports have names only for the type checker: it is CommonJS.
import sherpa, { type OfflineRecognizer } from 'sherpa-onnx-node';
import { type ChildModel, offlineConfig } from './sherpa-config.js';

/**
 * The recogniser of an offline model, told which language it hears next. Whisper can be told again and again; SenseVoice
 * only when it is loaded, so each language in use is a loading of its own, made when it is first asked for. Kinds that
 * cannot be told have one recogniser.
 */
export class OfflineRecognisers {
  readonly #model: ChildModel;
  readonly #loaded = new Map<string | null, Promise<OfflineRecognizer>>();
  #told: string | null = null;

  constructor(model: ChildModel) {
    this.#model = model;
  }

  /** One that hears this language until the next call; null is a language that the model finds out. */
  async hearing(language: string | null): Promise<OfflineRecognizer> {
    if (this.#model.kind !== 'offline-whisper') return await this.#load(language);
    const recogniser = await this.#load(null);
    if (this.#told !== language) recogniser.setConfig(offlineConfig(this.#model, language));
    this.#told = language;
    return recogniser;
  }

  async #load(language: string | null): Promise<OfflineRecognizer> {
    let loaded = this.#loaded.get(language);
    if (loaded === undefined) {
      loaded = sherpa.OfflineRecognizer.createAsync(offlineConfig(this.#model, language));
      this.#loaded.set(language, loaded);
    }
    return await loaded;
  }
}
