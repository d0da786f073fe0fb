# cli
cannot-start-runtime = 无法启动运行时
