//! `qr` and `scan`: what one shows, the other reads, and files are left as found.

mod program;

use authenticator_core::transfer::qr::QrCode;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use program::{Folder, PICTURE, Run, SECRET, URI};
use serde_json::json;

/// A picture of `text` with `scale` pixels a module.
fn picture(text: &str, scale: u32) -> GrayImage {
    let code = QrCode::encode(text).unwrap();
    let side = scale * (code.size() + 8);
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
        Luma([if code.is_dark(x, y) { 0 } else { 255 }])
    })
}

/// The picture that `text`, drawn in half blocks, shows: what a block covers is
/// `block`, everything else `ground`.
fn seen(text: &str, block: u8, ground: u8) -> GrayImage {
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let side = u32::try_from(lines[0].len()).unwrap();
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
    GrayImage::from_fn(4 * side, 4 * side, |x, y| {
        let character = lines[(y / 8) as usize][(x / 4) as usize];
        let covered = match character {
            '█' => true,
            '▀' => y / 4 % 2 == 0,
            '▄' => y / 4 % 2 == 1,
            _ => false,
        };
        Luma([if covered { block } else { ground }])
    })
}

fn scanned(picture: &DynamicImage, path: &str) -> String {
    picture.save(path).unwrap();
    Run::of(&["scan", path]).done().stdout
}

#[test]
fn what_qr_shows_is_what_scan_reads() {
    let folder = Folder::of("shown");

    let dark_terminal = Run::of(&["qr", URI]).done();
    let light_terminal = Run::of(&["qr", "--invert", URI]).done();

    assert!(!dark_terminal.stdout.contains('\x1b'));
    let canonical = format!("{URI}\n");
    let picture = seen(&dark_terminal.stdout, 255, 0).into();
    assert_eq!(scanned(&picture, &folder.path("dark.png")), canonical);
    let picture = seen(&light_terminal.stdout, 0, 255).into();
    assert_eq!(scanned(&picture, &folder.path("light.png")), canonical);
}

#[test]
fn qr_shows_the_canonical_uri_and_says_what_was_doubtful() {
    let doubtful =
        format!("otpauth://totp/Ex:al?issuer=Ex&secret={}&color=red", SECRET.to_lowercase());

    let run = Run::of(&["qr", "-"]).stdin(doubtful.as_bytes()).done();

    assert_eq!(run.stdout, Run::of(&["qr", URI]).done().stdout);
    assert!(run.stderr.starts_with("warning: the parameter `color` "), "{run:?}");
    let json = Run::of(&["qr", "--json", "-"]).stdin(doubtful.as_bytes()).done().json();
    let size = json[0]["size"].as_u64().unwrap();
    assert_eq!(json[0]["rows"].as_array().unwrap().len() as u64, size);
    assert_eq!(json[0]["rows"][0].as_str().unwrap().get(..8), Some("11111110"));
    assert_eq!(json[0]["warnings"], json!([{"kind": "ignored_parameter", "name": "color"}]));
}

#[test]
fn qr_takes_exactly_one_account() {
    for (input, kind) in [
        ("\n", "no_uri"),
        (&*format!("{URI}\n{URI}"), "several_uris"),
        ("rubbish", "not_otpauth"),
        ("otpauth-migration://offline?data=", "other_app"),
    ] {
        let run = Run::of(&["qr", "--json", "-"]).stdin(input.as_bytes()).refused();
        assert_eq!(run.json()[0]["error"]["kind"], kind);
        let plain = Run::of(&["qr", "-"]).stdin(input.as_bytes()).refused();
        assert_eq!((plain.stdout.as_str(), plain.stderr.lines().count()), ("", 1));
    }
}

#[test]
fn a_drawing_is_the_owners_alone_and_never_overwrites_silently() {
    let folder = Folder::of("drawing");
    let file = folder.path("account.svg");

    Run::of(&["qr", "--svg", &file, URI]).done();

    let drawing = std::fs::read_to_string(&file).unwrap();
    assert!(drawing.starts_with("<svg ") && drawing.ends_with("</svg>"));
    let to_stdout = Run::of(&["qr", "--svg", "-", URI]).done().stdout;
    assert_eq!(to_stdout, format!("{drawing}\n"));
    std::fs::write(&file, "precious").unwrap();
    let refused = Run::of(&["qr", "--json", "--svg", &file, URI]).refused();
    assert_eq!(refused.json()[0]["error"]["kind"], "file_exists");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    Run::of(&["qr", "--svg", &file, "--force", URI]).done();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), drawing);
    Run::of(&["qr", "--svg", &folder.path("none/account.svg"), URI]).refused();
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_replaced_drawing_loses_the_permissions_of_the_old_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::of("permissions");
    let file = folder.path("account.svg");
    let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;

    std::fs::write(&file, "old").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    Run::of(&["qr", "--svg", &file, "--force", URI]).done();

    assert_eq!(mode(), 0o600);
    std::fs::remove_file(&file).unwrap();
    Run::of(&["qr", "--svg", &file, URI]).done();
    assert_eq!(mode(), 0o600);
}

#[test]
fn png_and_jpeg_are_read_and_what_is_transparent_is_white() {
    let folder = Folder::of("formats");
    let grey = picture(URI, 4);
    let on_nothing = RgbaImage::from_fn(grey.width(), grey.height(), |x, y| {
        // Black everywhere, and only the modules can be seen.
        Rgba([0, 0, 0, if grey.get_pixel(x, y).0 == [0] { 255 } else { 0 }])
    });
    let grey = DynamicImage::from(grey);

    for (name, picture) in [
        ("grey.png", grey.clone()),
        ("colour.jpg", grey.to_rgb8().into()),
        ("deep.png", grey.to_rgba16().into()),
        ("transparent.png", on_nothing.into()),
    ] {
        assert_eq!(scanned(&picture, &folder.path(name)), format!("{URI}\n"), "{name}");
    }
    let png = std::fs::read(folder.path("grey.png")).unwrap();
    assert_eq!(Run::of(&["scan", "-"]).stdin(&png).done().stdout, format!("{URI}\n"));
}

#[test]
fn each_picture_answers_for_itself() {
    let folder = Folder::of("each");
    let blank = folder.path("blank.png");
    GrayImage::from_pixel(100, 100, Luma([255])).save(&blank).unwrap();
    let tiny = folder.path("tiny.png");
    GrayImage::from_pixel(9, 9, Luma([255])).save(&tiny).unwrap();
    let large = folder.path("large.png");
    GrayImage::from_pixel(4_097, 22, Luma([255])).save(&large).unwrap();
    let deep = folder.path("deep.png");
    DynamicImage::new_rgba16(4_096, 2_049).save(&deep).unwrap();
    let cut = folder.path("cut.png");
    std::fs::write(&cut, &std::fs::read(PICTURE).unwrap()[..5_000]).unwrap();
    let gif = folder.path("a.gif.png");
    std::fs::write(&gif, b"GIF89a\x01\0\x01\0\0\0\0;").unwrap();
    let none = folder.path("none.png");
    let folder_itself = folder.path("");

    let files = [PICTURE, &blank, &tiny, &large, &deep, &cut, &gif, &none, &folder_itself, PICTURE];
    let run = Run::of(&[&["scan", "--json"], &files[..]].concat()).refused();

    let json = run.json();
    assert!(json[..6].iter().chain(&json[14..]).all(|found| found["file"] == PICTURE));
    let kinds: Vec<&str> =
        json[6..14].iter().map(|missed| missed["error"]["kind"].as_str().unwrap()).collect();
    let expected = [
        "no_code",
        "too_small",
        "too_large",
        "too_large",
        "damaged_picture",
        "unsupported_format",
        "unreadable_file",
        "unreadable_file",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(json[12]["file"], none);
    let plain = Run::of(&["scan", &blank, PICTURE]).refused();
    assert_eq!(plain.stdout.lines().count(), 6);
    assert_eq!(plain.stderr, format!("error: {blank}: there is no QR code in the picture\n"));
}

#[test]
fn a_code_that_cannot_be_read_is_said_beside_those_that_can() {
    let folder = Folder::of("damaged");
    let (good, mut bad) = (picture(URI, 4), picture(&format!("{URI}&color=red"), 4));
    let side = good.width().max(bad.width());
    // A bar over the middle third, between the corners that it is found by.
    let (width, height) = bad.dimensions();
    for (x, y) in (0..width).flat_map(|x| (60..height - 60).map(move |y| (x, y))) {
        bad.put_pixel(x, y, Luma([if (x / 3 + y / 5) % 2 == 0 { 0 } else { 255 }]));
    }
    let mut both = GrayImage::from_pixel(2 * side + 40, side, Luma([255]));
    image::imageops::overlay(&mut both, &good, 0, 0);
    image::imageops::overlay(&mut both, &bad, i64::from(side) + 40, 0);
    let file = folder.path("both.png");
    both.save(&file).unwrap();

    let run = Run::of(&["scan", "--json", &file]).done();

    let json = run.json();
    assert_eq!(json[0]["text"], URI);
    assert_eq!((json.len(), &json[1]["error"]["kind"]), (2, &json!("damaged")));
    let plain = Run::of(&["scan", &file]).done();
    assert_eq!(plain.stdout, format!("{URI}\n"));
    assert!(plain.stderr.contains("too damaged to read"), "{plain:?}");
}

#[test]
fn a_text_with_line_breaks_is_one_line() {
    let folder = Folder::of("breaks");

    let line = scanned(&picture("a\r\nb\x1b[2Jc", 4).into(), &folder.path("breaks.png"));

    assert_eq!(line, "a%0D%0Ab%1B[2Jc\n");
    let json = Run::of(&["scan", "--json", &folder.path("breaks.png")]).done().json();
    assert_eq!(json[0]["text"], "a\r\nb\x1b[2Jc");
}

#[test]
fn a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
    let folder = Folder::of("bomb");
    let file = folder.path("bomb.png");
    let mut bytes = Vec::new();
    let small = DynamicImage::new_luma8(21, 21);
    small.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    // The header's width and height, and its checksum.
    bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    std::fs::write(&file, bytes).unwrap();

    let run = Run::of(&["scan", "--json", &file]).refused();

    assert_eq!(run.json()[0]["error"]["kind"], "too_large");
}

/// The checksum of PNG's chunks (RFC 2083, section 15).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}
