package io.chaosproxy.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Many clients at the same time, each on a virtual thread of its own. */
public final class Together {
    private Together() {}

    /** What one of them does. */
    @FunctionalInterface
    public interface Task<T> {
        T run(int index) throws Exception;
    }

    /** Starts something and goes on; {@link #result} tells what became of it. */
    public static <T> Future<T> start(Callable<T> task) {
        FutureTask<T> running = new FutureTask<>(task);
        Thread.ofVirtual().name("test").start(running);
        return running;
    }

    /** The result of what was started, within a minute; what it threw is thrown here. */
    public static <T> T result(Future<T> running) throws Exception {
        try {
            return running.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** The results of all of them. */
    public static <T> List<T> results(List<Future<T>> running) throws Exception {
        List<T> results = new ArrayList<>();
        for (Future<T> each : running) {
            results.add(result(each));
        }
        return results;
    }

    /** Starts so many, which begin at the same moment. */
    public static <T> List<Future<T>> start(int count, Task<T> task) {
        CountDownLatch all = new CountDownLatch(count);
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = i;
            running.add(start(() -> {
                all.countDown();
                all.await();
                return task.run(index);
            }));
        }
        return running;
    }

    /** The results of so many that begin at the same moment. */
    public static <T> List<T> run(int count, Task<T> task) throws Exception {
        return results(start(count, task));
    }
}
