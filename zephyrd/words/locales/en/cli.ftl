# cli
cannot-start-runtime = cannot start the runtime
