//! Asks at a fixed rate, whatever the answers take, and prints how long they took from when they should have been asked: a server that
//! stalls is not spared the requests that it kept others from sending.
//!
//! `pace ADDRESS RATE SECONDS CONNECTIONS KEY PEOPLE`; one JSON document.

use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, rate, seconds, connections, key, people] = &arguments[..] else {
        return Err("give ADDRESS RATE SECONDS CONNECTIONS KEY PEOPLE".into());
    };
    let (rate, connections): (f64, u32) = (rate.parse()?, connections.parse()?);
    let (length, people): (f64, u64) = (seconds.parse()?, people.parse()?);
    let begin = Instant::now() + Duration::from_millis(200);
    let each = Duration::from_secs_f64(f64::from(connections) / rate);
    let mut asking = Vec::new();
    for connection in 0..connections {
        let (address, key) = (address.clone(), key.clone());
        let first = begin + each.mul_f64(f64::from(connection) / f64::from(connections));
        asking.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(&address).await?;
            stream.set_nodelay(true)?;
            let mut took: Vec<u32> = Vec::new();
            let (mut failed, mut buffer) = (0_u64, vec![0; 1 << 16]);
            let mut random = u64::from(connection) << 32 | 1;
            for number in 0..(length / each.as_secs_f64()) as u32 {
                let due = first + each * number;
                tokio::time::sleep_until(due.into()).await;
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let person = (random >> 33) % people;
                let request = format!(
                    "GET /api/v1/people/example:user-{person:08}/scores HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).await?;
                let status = answer(&mut stream, &mut buffer).await?;
                took.push(due.elapsed().as_micros().min(u128::from(u32::MAX)) as u32);
                failed += u64::from(status != 200 && status != 404);
            }
            Ok::<_, std::io::Error>((took, failed))
        }));
    }
    let (mut all, mut failed) = (Vec::new(), 0);
    for one in asking {
        match one.await? {
            Ok((took, errors)) => {
                all.extend(took);
                failed += errors;
            }
            Err(_) => failed += 1,
        }
    }
    all.sort_unstable();
    let at = |share: f64| {
        all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1))).copied()
    };
    let asked = all.len();
    println!(
        "{}",
        serde_json::json!({"answers": asked, "errors": failed, "p50_us": at(0.5), "p99_us": at(0.99), "p999_us": at(0.999), "longest_us": all.last()})
    );
    Ok(())
}

/// Reads an answer to its end; its status.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<u16> {
    let broken = || std::io::Error::other("an answer that is none");
    let mut held = 0;
    loop {
        let read = stream.read(&mut buffer[held..]).await?;
        if read == 0 {
            return Err(broken());
        }
        held += read;
        let Some(end) = buffer[..held].windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end]).map_err(|_| broken())?;
        let field = |line: &str| {
            line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
        };
        let length: usize =
            head.lines().find_map(field).and_then(|text| text.parse().ok()).ok_or_else(broken)?;
        if held >= end + 4 + length {
            return head
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok())
                .ok_or_else(broken);
        }
    }
}
