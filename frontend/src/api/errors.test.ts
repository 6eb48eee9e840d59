import { describe, expect, it } from "vitest";
import { failure, http, server, url } from "../test/server";
import { api, done } from "./client";
import { ApiError, messageOf, toApiError } from "./errors";
import { shouldRetry } from "./query";

const response = (status: number, headers?: HeadersInit) =>
  new Response(null, { status, headers });

describe("errors of the API", () => {
  it("carry the server's words, fields and trace", () => {
    const error = toApiError(response(422), {
      message: "Some fields need another look.",
      errors: [
        { code: "invalid", field: "title", message: "Write a title." },
        { code: "invalid", field: "title", message: "And another." },
        { code: "odd", field: null, message: "Also this." },
      ],
      trace_id: "abc",
    });
    expect(error.message).toBe("Some fields need another look.");
    expect(error.fields).toEqual({ title: "Write a title." });
    expect(error.traceId).toBe("abc");
    expect(error.has("odd")).toBe(true);
  });

  it("say what to do when the answer is not ours", () => {
    expect(toApiError(response(413), "<html>").message).toBe("The file is too large.");
    expect(toApiError(response(502), null).message).toMatch(/Try again/);
  });

  it("say how long to wait", () => {
    const error = toApiError(response(429, { "Retry-After": "30" }), {
      message: "Too many attempts.",
    });
    expect(messageOf(error)).toBe("Too many attempts. Try again in 30 s.");
  });

  it("name a lost connection", async () => {
    server.use(http.post(url("/auth/password-reset"), () => Response.error()));
    const call = done(
      api.POST("/api/v1/auth/password-reset", { body: { email: "a@example.com" } }),
    );
    await expect(call).rejects.toMatchObject({ status: 0 });
  });

  it("come through from a real answer", async () => {
    server.use(
      http.post(url("/auth/password-reset"), () =>
        failure(422, {
          message: "Check the address.",
          errors: [{ code: "invalid", field: "email", message: "Not an address." }],
        }),
      ),
    );
    const call = done(
      api.POST("/api/v1/auth/password-reset", { body: { email: "nobody" } }),
    );
    await expect(call).rejects.toMatchObject({ fields: { email: "Not an address." } });
  });
});

describe("trying again", () => {
  it.each([
    [0, true],
    [503, true],
    [403, false],
    [404, false],
    [409, false],
  ])("after %d: %s", (status, again) => {
    expect(shouldRetry(0, new ApiError(status, ""))).toBe(again);
  });

  it("stops after the second time", () => {
    expect(shouldRetry(2, new ApiError(503, ""))).toBe(false);
  });
});
