/** An error as Cloudflare's API answers it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const noScript = () => new ApiError(404, 10007, "This Worker does not exist on your account.");
