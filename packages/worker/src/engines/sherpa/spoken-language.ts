import type { ChildModel } from './sherpa-config.js';

/** What multilingual Whisper models know (`LANGUAGES` of OpenAI's tokenizer; large-v3 knows `yue` as well). */
const WHISPER_LANGUAGES = new Set(
  (
    'en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la ' +
    'mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be ' +
    'tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su'
  ).split(' '),
);

/**
 * The language that a model is to be told, from what its session said (`en-US` is `en`); null when it is to find out
 * by itself. Only what the model knows is told: sherpa-onnx ends its process at any other.
 */
export function spokenLanguage(
  { kind, languages }: Pick<ChildModel, 'kind' | 'languages'>,
  language: string | null,
): string | null {
  if (kind !== 'offline-whisper' && kind !== 'offline-sense-voice') return null;
  const primary = language?.toLowerCase().split('-')[0];
  if (primary === undefined) return null;
  if (languages.includes(primary)) return primary;
  return languages.includes('*') && kind === 'offline-whisper' && WHISPER_LANGUAGES.has(primary)
    ? primary
    : null;
}
