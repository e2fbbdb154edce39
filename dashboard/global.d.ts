/** True in the build that signs in at the sandbox; in a deployment what hangs on it is left out. */
declare const SANDBOX: boolean
