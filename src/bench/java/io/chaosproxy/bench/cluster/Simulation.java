package io.chaosproxy.bench.cluster;

import io.chaosproxy.cluster.Pace;
import io.chaosproxy.cluster.Script;
import io.chaosproxy.cluster.Used;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import redis.clients.jedis.RedisClient;

/**
 * Replicas that share one rate, in virtual time: a fluid model of their traffic, and the script of the program, which a real Redis
 * runs and which is told what time it is. Confined to one thread.
 */
final class Simulation {
    private static final double SECOND = 1e6;

    private static final List<String> KEYS =
            List.of("{s}replicas", "{s}instances", "{s}plan", "{s}reports", "{s}rate", "{s}rate:ends");

    /** Virtual microseconds between two looks at the traffic. */
    private static final long LOOK = 10_000;

    private final RedisClient redis;
    private final String sha;
    private final double rate;
    private final Random random = new Random(1);
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Double> totals = new ArrayList<>(); // bytes of all at each look
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::number));

    private long now = (long) SECOND;
    private long numbers;
    private long calls;

    /** Something that happens at a moment. */
    private record Due(long at, long number, Runnable what) {}

    /**
     * No replicas yet.
     *
     * @param rate bytes per second of all of them
     */
    Simulation(RedisClient redis, double rate) {
        this.redis = redis;
        this.rate = rate;
        redis.flushAll();
        this.sha = redis.scriptLoad(Script.EXCHANGE.text());
    }

    /** A replica with connections that send as fast as they may, and others that send no more than this. */
    final class Replica {
        private final String name = "replica-" + replicas.size();
        private final long latency;
        private int greedy;
        private double modest; // bytes per second
        private double lease;
        private double sent; // these two since the exchange before
        private double allowed;
        private Used used = Used.NOTHING;
        private double total;
        private boolean waited;
        private boolean alive = true;
        private long exchanged = now;
        private long settled = now;
        private int life;

        private Replica(long latency) {
            this.latency = latency;
        }

        private double wanted() {
            return greedy > 0 ? Double.MAX_VALUE : modest;
        }

        private double speed() {
            return alive ? Math.min(lease, wanted()) : 0;
        }

        /** Counts what was sent up to now; to be called before anything changes. */
        private void settle() {
            double bytes = speed() * (now - settled) / SECOND;
            waited |= alive && now > settled && wanted() > lease;
            allowed += lease * (now - settled) / SECOND;
            sent += bytes;
            total += bytes;
            settled = now;
        }

        /** Asks; Redis gets the question half a round trip later, and the answer is here after the other half. */
        private void exchange(int ofLife) {
            if (!alive || life != ofLife) {
                return;
            }
            settle();
            long asked = now;
            used = used.then(sent, allowed, (now - exchanged) / SECOND);
            String[] words = {
                String.valueOf(Math.round(rate)),
                String.valueOf(greedy > 0 ? greedy : modest > 0 ? 1 : 0),
                String.valueOf(Math.round(sent)),
                String.valueOf(now - exchanged),
                String.valueOf(used.part()),
                waited ? "1" : "0"
            };
            sent = 0;
            allowed = 0;
            waited = false;
            exchanged = now;
            after(latency / 2, () -> {
                List<String> answer = call(words);
                int count = Integer.parseInt(answer.get(1));
                after(latency - latency / 2, () -> {
                    if (!alive || life != ofLife) {
                        return;
                    }
                    settle();
                    lease = Double.parseDouble(answer.get(3));
                    long pause = Math.max(0, Pace.between(count).toNanos() / 1000 - (now - asked));
                    after(pause, () -> exchange(ofLife));
                });
            });
        }

        @SuppressWarnings("unchecked")
        private List<String> call(String[] words) {
            calls++;
            List<String> arguments =
                    new ArrayList<>(List.of(String.valueOf(now), name, "1", ttl(), String.valueOf(latency), ""));
            arguments.addAll(List.of(words));
            return ((List<Object>) redis.evalsha(sha, KEYS, arguments))
                    .stream().map(String::valueOf).toList();
        }

        private static String ttl() {
            return String.valueOf(Pace.LEASE.toNanos() / 1000);
        }

        /** Ends as a killed process does: its lease stays until it expires. */
        void die() {
            settle();
            alive = false;
            lease = 0;
        }

        void live() {
            settle();
            alive = true;
            life++;
            sent = 0;
            allowed = 0;
            exchanged = now;
            int mine = life;
            after((long) (random.nextDouble() * Pace.SHORTEST.toNanos() / 1000), () -> exchange(mine));
        }

        void load(int connections, double bytesPerSecond) {
            settle();
            greedy = connections;
            modest = bytesPerSecond;
        }
    }

    /**
     * One more replica.
     *
     * @param latency microseconds of a round trip to Redis
     */
    Replica add(long latency) {
        Replica replica = new Replica(latency);
        replicas.add(replica);
        replica.live();
        return replica;
    }

    private void after(long time, Runnable what) {
        due.add(new Due(now + time, numbers++, what));
    }

    /**
     * What came of some time.
     *
     * @param error of the total in its second half, as a part of the rate
     * @param excess most that a second was above the rate, as a part of it, in all of the time
     * @param jain fairness of the connections in its second half
     * @param converged seconds until every replica had its share within a tenth
     * @param operations scripts that Redis ran, per second
     */
    record Outcome(double error, double excess, double jain, double converged, double operations) {}

    /** Lets time pass. */
    Outcome run(int seconds) {
        long begin = now;
        long end = now + (long) (seconds * SECOND);
        long middle = (begin + end) / 2;
        long callsBefore = calls;
        int looked = totals.size();
        double[] sentAtMiddle = new double[0];
        long unfair = begin;
        for (long look = begin; look < end; look += LOOK) {
            if (look == middle) {
                sentAtMiddle = totals();
            }
            until(look + LOOK);
            totals.add(sum(totals()));
            if (!isFair()) {
                unfair = now;
            }
        }
        double wanted = Math.min(
                rate,
                replicas.stream()
                        .filter(r -> r.alive)
                        .mapToDouble(Replica::wanted)
                        .sum());
        double[] sent = totals();
        double half = (sum(sent) - sum(sentAtMiddle)) / ((end - middle) / SECOND);
        return new Outcome(
                half / wanted - 1,
                excess(looked),
                jain(sent, sentAtMiddle),
                (unfair - begin) / SECOND,
                (calls - callsBefore) / (double) seconds);
    }

    private void until(long moment) {
        while (now < moment) {
            Due next = due.peek();
            long to = next == null ? moment : Math.min(moment, next.at());
            now = to;
            while (!due.isEmpty() && due.peek().at() <= now) {
                due.remove().what().run();
            }
        }
    }

    private double[] totals() {
        replicas.forEach(Replica::settle);
        return replicas.stream().mapToDouble(replica -> replica.total).toArray();
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** The most that a second was above the rate since this look, as a part of the rate. */
    private double excess(int since) {
        int second = (int) (SECOND / LOOK);
        double most = 0;
        for (int i = Math.max(since, second); i < totals.size(); i++) {
            most = Math.max(most, totals.get(i) - totals.get(i - second));
        }
        return most / rate - 1;
    }

    /** The rate of the second before each tenth of a second, in percent of what is to be; the first is that of second 1. */
    List<Double> percent() {
        int second = (int) (SECOND / LOOK);
        List<Double> percent = new ArrayList<>();
        for (int i = second; i < totals.size(); i += second / 10) {
            percent.add(100 * (totals.get(i) - totals.get(i - second)) / rate);
        }
        return percent;
    }

    /** The share of one connection: what modest replicas leave, divided by connections. */
    private double level() {
        double left = rate;
        int connections = 0;
        for (Replica replica : replicas) {
            if (replica.alive && replica.greedy > 0) {
                connections += replica.greedy;
            } else if (replica.alive) {
                left -= replica.modest;
            }
        }
        return connections == 0 ? 0 : left / connections;
    }

    private boolean isFair() {
        double level = level();
        return replicas.stream()
                .filter(replica -> replica.alive && replica.greedy > 0)
                .allMatch(replica -> Math.abs(replica.lease - level * replica.greedy) < 0.1 * level * replica.greedy);
    }

    /** R. Jain, D. Chiu, W. Hawe: A Quantitative Measure of Fairness, DEC TR-301, 1984. */
    private double jain(double[] sent, double[] before) {
        double sum = 0;
        double squares = 0;
        int count = 0;
        for (int i = 0; i < replicas.size(); i++) {
            Replica replica = replicas.get(i);
            if (replica.alive && replica.greedy > 0) {
                double each = (sent[i] - before[i]) / replica.greedy;
                sum += each * replica.greedy;
                squares += each * each * replica.greedy;
                count += replica.greedy;
            }
        }
        return count == 0 ? 1 : sum * sum / (count * squares);
    }
}
