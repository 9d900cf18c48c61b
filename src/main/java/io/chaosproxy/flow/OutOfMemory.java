package io.chaosproxy.flow;

/** Handling of an OutOfMemoryError in threads that survive every other failure. */
public final class OutOfMemory {
    private OutOfMemory() {}

    /**
     * Passes an OutOfMemoryError on to the process's default handler of uncaught exceptions, if it has one: the program's
     * own ends the process. Inside another program, which may have no handler, the caller goes on as well as it can.
     */
    public static void passOn(Throwable failure) {
        Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
        if (failure instanceof OutOfMemoryError && handler != null) {
            handler.uncaughtException(Thread.currentThread(), failure);
        }
    }
}
