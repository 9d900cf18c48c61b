package io.chaosproxy.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import redis.clients.jedis.RedisClient;

/**
 * Replicas that share a rate of 1 MB/s in virtual time: a fluid model of their traffic, and the script of the program, which a real
 * Redis runs and which is told what time it is. So figures don't depend on the machine. Confined to one thread.
 */
final class VirtualReplicas {
    static final double RATE = 1_000_000;

    private static final double SECOND = 1e6;
    private static final long LOOK = 10_000;
    private static final List<String> KEYS =
            List.of("{v}replicas", "{v}instances", "{v}plan", "{v}reports", "{v}rate", "{v}rate:ends");

    private final RedisClient redis;
    private final List<Replica> replicas = new ArrayList<>();
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingInt(Due::number));
    private final List<Double> totals = new ArrayList<>(); // at each look
    private long now = (long) SECOND;
    private int numbers;

    /** Something that happens at a moment. */
    private record Due(long at, int number, Runnable what) {}

    VirtualReplicas(RedisClient redis) {
        this.redis = redis;
        redis.del(KEYS.toArray(String[]::new));
    }

    /** A replica whose connections send as fast as they may. */
    final class Replica {
        private final String name = "replica-" + replicas.size();
        private final long roundTrip;
        private int connections;
        private double lease;
        private double sent; // these two since the exchange before
        private double allowed;
        private Used used = Used.NOTHING;
        private double total;
        private long settled = now;
        private long asked = now;
        private long lag;

        private Replica(long roundTrip) {
            this.roundTrip = roundTrip;
        }

        void connections(int count) {
            settle();
            connections = count;
        }

        int connections() {
            return connections;
        }

        /** Bytes in all. */
        double total() {
            return total;
        }

        private void settle() {
            double most = lease * (now - settled) / SECOND;
            double bytes = connections == 0 ? 0 : most;
            allowed += most;
            sent += bytes;
            total += bytes;
            settled = now;
        }

        private void ask() {
            settle();
            used = used.then(sent, allowed, (now - asked) / SECOND);
            List<String> words = List.of(
                    String.valueOf(Math.round(RATE)),
                    String.valueOf(connections),
                    String.valueOf(Math.round(sent)),
                    String.valueOf(now - asked),
                    String.valueOf(used.part()),
                    connections > 0 ? "1" : "0");
            sent = 0;
            allowed = 0;
            asked = now;
            after(roundTrip / 2, () -> {
                List<String> answer = call(words);
                after(roundTrip - roundTrip / 2, () -> answered(answer));
            });
        }

        private List<String> call(List<String> words) {
            List<String> arguments = new ArrayList<>(List.of(
                    String.valueOf(now),
                    name,
                    "1",
                    String.valueOf(Pace.LEASE.toNanos() / 1000),
                    String.valueOf(lag),
                    ""));
            arguments.addAll(words);
            List<?> answer = (List<?>) redis.eval(Script.EXCHANGE.text(), KEYS, arguments);
            return answer.stream().map(String::valueOf).toList();
        }

        private void answered(List<String> answer) {
            settle();
            lag = now - asked;
            lease = Double.parseDouble(answer.get(3));
            long pause = Pace.between(Integer.parseInt(answer.get(1))).toNanos() / 1000;
            after(Math.max(0, pause - lag), this::ask);
        }
    }

    /** Starts one, with a number of connections and so many milliseconds for an exchange with Redis. */
    Replica start(int connections, double roundTripMillis) {
        Replica replica = new Replica((long) (1000 * roundTripMillis));
        replicas.add(replica);
        replica.connections(connections);
        replica.ask();
        return replica;
    }

    private void after(long time, Runnable what) {
        due.add(new Due(now + time, numbers++, what));
    }

    /** Lets time pass. */
    void run(int seconds) {
        for (long end = now + (long) (seconds * SECOND), look = now + LOOK; look <= end; look += LOOK) {
            while (!due.isEmpty() && due.peek().at() <= look) {
                Due next = due.remove();
                now = next.at();
                next.what().run();
            }
            now = look;
            replicas.forEach(Replica::settle);
            totals.add(replicas.stream().mapToDouble(Replica::total).sum());
        }
    }

    /** Bytes per second of the last seconds. */
    double rate(int seconds) {
        int looks = (int) (seconds * SECOND / LOOK);
        return (totals.getLast() - totals.get(totals.size() - 1 - looks)) / seconds;
    }

    /** The most bytes of a second among the last ones. */
    double worstSecond(int seconds) {
        int second = (int) (SECOND / LOOK);
        double worst = 0;
        for (int i = totals.size() - 1, first = totals.size() - seconds * second;
                i - second >= Math.max(0, first);
                i--) {
            worst = Math.max(worst, totals.get(i) - totals.get(i - second));
        }
        return worst;
    }
}
