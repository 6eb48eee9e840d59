/** One file to the API, with progress. `fetch` cannot report upload progress, XHR can. */
import { ApiError, OFFLINE_MESSAGE, toApiError } from "../../api/errors";
import { freshToken } from "../../api/session";

type Options = { onProgress: (share: number) => void; signal: AbortSignal };

export async function uploadFile(
  number: string,
  file: File,
  { onProgress, signal }: Options,
): Promise<void> {
  const token = await freshToken();
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/incidents/${encodeURIComponent(number)}/attachments`);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(failure(request));
    };
    request.onerror = () => reject(new ApiError(0, OFFLINE_MESSAGE));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

function failure(request: XMLHttpRequest): ApiError {
  let body: unknown = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // A proxy in between may answer with something that is not JSON.
  }
  return toApiError(new Response(null, { status: request.status }), body);
}
