import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type { Session, User } from "../api/types";

export const server = setupServer();

export const ada: User = {
  id: "00000000-0000-7000-8000-000000000001",
  email: "ada@example.com",
  name: "Ada Lindqvist",
  role: "agent",
  organization: null,
  is_active: true,
  timezone: "Europe/Berlin",
  language: null,
  created_at: "2026-01-05T09:00:00Z",
  updated_at: "2026-01-05T09:00:00Z",
  version: 1,
};

export const url = (path: string) => `http://localhost:3000/api/v1${path}`;

export const ok = (data: unknown, status = 200) =>
  HttpResponse.json({ success: true, data, message: null, errors: [] }, { status });

type Failure = {
  message: string;
  errors?: { code: string; field: string | null; message: string }[];
  headers?: Record<string, string>;
};

export const failure = (status: number, { message, errors = [], headers }: Failure) =>
  HttpResponse.json(
    { success: false, data: null, message, errors, trace_id: "a".repeat(32) },
    { status, headers },
  );

export const session = (token: string): Session => ({
  access_token: token,
  token_type: "bearer",
  expires_in: 1800,
  user: ada,
});

export { HttpResponse, http };
