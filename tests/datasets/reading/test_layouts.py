"""The one reader of layouts, against what an attentive person would read.

Each row of the table is a collection as people have it (`layout_cases`).
"""

import json

import pytest

from tests.datasets.reading.layout_cases import Case, counts, csv, parts, plain, read, seen
from tltools.datasets.reading import labels, layouts
from tltools.errors import DatasetError

CASES = [
    # folders are classes, wrapped or not, with anything beside
    Case("class folders", ["{cats,dogs}/{1..3}.jpg"], "class-folders", plain("cats", "dogs")),
    Case("wrapped, with a readme", ["mypics/{cats,dogs}/{1..3}.jpg", "mypics/README.txt"],
         "class-folders", plain("cats", "dogs")),
    Case("wrapped three times, with files at each level",
         ["a/LICENSE", "a/b/data.yaml", "a/b/c/{cats,dogs}/{1..3}.jpg", "notes.docx"],
         "class-folders", plain("cats", "dogs")),
    Case("packed on a Mac", ["pets/{cats,dogs}/{1..3}.jpg", "pets/.DS_Store", "pets/cats/.DS_Store",
                             "__MACOSX/pets/{cats,dogs}/._{1..3}.jpg"],
         "class-folders", plain("cats", "dogs")),
    Case("from Windows and a Synology",
         ["{cats,dogs}/{1..3}.jpg", "cats/Thumbs.db", "desktop.ini",
          "@eaDir/cats/{1..3}.jpg", "cats/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
          "$RECYCLE.BIN/x.jpg", "#recycle/cats/9.jpg"], "class-folders", plain("cats", "dogs")),
    Case("a picture beside the classes", ["pets/cover.jpg", "pets/{cats,dogs}/{1..3}.jpg"],
         "class-folders", plain("cats", "dogs"), unlabelled=1),
    Case("a preview above the wrapping", ["preview.png", "data/{cats,dogs}/{1..3}.jpg"],
         "class-folders", plain("cats", "dogs"), unlabelled=1),
    Case("further folders below the classes",
         ["cats/{persian,siamese}/{1..3}.jpg", "dogs/boxer/{1..3}.jpg", "dogs/{8..9}.jpg"],
         "class-folders", {"cats": (0, 0, 0, 6), "dogs": (0, 0, 0, 5)}),
    Case("numbers as classes", ["{1..12}/{1..3}.png"], "class-folders",
         plain(*map(str, range(1, 13)))),
    Case("Teachable Machine", ["Class 1-samples/{0..2}.jpg", "Class 2-samples/{0..2}.jpg"],
         "class-folders", plain("Class 1-samples", "Class 2-samples")),
    Case("class 1, class 2", ["class {1,2,3}/{0..2}.jpg"], "class-folders",
         plain("class 1", "class 2", "class 3")),
    Case("composed and decomposed", ["Äpfel/{1..3}.jpg", "A\u0308pfel/{4..6}.jpg",
                                     "Birnen/{1..3}.jpg"],
         "class-folders", {"Äpfel": (0, 0, 0, 6), "Birnen": (0, 0, 0, 3)}),
    Case("two ways to write a name", ["Cat/{1..3}.jpg", "cat/{4..6}.jpg", "dog/{1..3}.jpg"],
         "class-folders", plain("Cat", "cat", "dog")),
    Case("other files among the pictures", ["cats/{1..3}.jpg", "cats/{a,b}.wav", "dogs/{1..3}.jpg",
                                            "dogs/list.txt"],
         "class-folders", plain("cats", "dogs"), skipped=3),
    Case("a folder without pictures", ["{cats,dogs}/{1..3}.jpg", "models/net.h5"],
         "class-folders", plain("cats", "dogs")),
    Case("a vehicle called train", ["{train,bus,car}/{1..3}.jpg"], "class-folders",
         plain("train", "bus", "car")),
    Case("a vehicle called train, with kinds", ["train/{steam,diesel}/{1..3}.jpg",
                                                "bus/{city,coach}/{1..3}.jpg"],
         "class-folders", {"train": (0, 0, 0, 6), "bus": (0, 0, 0, 6)}),
    Case("kinds of trains", ["{bullet_train,express_train}/{1..3}.jpg"], "class-folders",
         plain("bullet_train", "express_train")),
    Case("valid and invalid", ["{valid,invalid}/{1..3}.jpg"], "class-folders",
         plain("valid", "invalid")),
    Case("with a mask and without", ["data/{with_mask,without_mask}/{1..3}.jpg"],
         "class-folders", plain("with_mask", "without_mask")),
    Case("indoor and outdoor in each class", ["{cats,dogs}/{indoor,outdoor}/{1..3}.jpg"],
         "class-folders", plain("cats", "dogs", count=6)),
    Case("test pictures beside classes", ["{cats,dogs}/{1..3}.jpg", "test/{1..4}.jpg"],
         "class-folders", plain("cats", "dogs"), unlabelled=4),
    Case("screenshots of the project beside", ["app/dataset/{cats,dogs}/{1..3}.jpg",
                                               "app/docs/{1..4}.png", "app/main.py"],
         "class-folders", plain("cats", "dogs"), skipped=4),
    Case("names in other letters", ["图片/{猫,狗}/{1..3}.jpg"], "class-folders",
         plain("猫", "狗")),
    Case("Ratio 3:1", ["{Ratio 3:1,Ratio 1:1}/{1..3}.jpg"], "class-folders",
         plain("Ratio 3:1", "Ratio 1:1")),
    # splits above the classes
    Case("train and test", ["{train,test}/{cats,dogs}/{1..3}.jpg"], "split-above-classes",
         parts("cats", "dogs", test=3)),
    Case("validation stays", ["{train,val,test}/{cats,dogs}/{1..3}.jpg"], "split-above-classes",
         parts("cats", "dogs", validation=3, test=3)),
    Case("only train", ["pets/train/{cats,dogs}/{1..3}.jpg"], "split-above-classes",
         parts("cats", "dogs")),
    Case("doubled folders (Kaggle)", ["training_set/training_set/{cats,dogs}/{1..3}.jpg",
                                      "test_set/test_set/{cats,dogs}/{1..2}.jpg"],
         "split-above-classes", parts("cats", "dogs", test=2)),
    Case("single predictions beside (Udemy)",
         ["dataset/{training_set,test_set}/{cats,dogs}/{1..3}.jpg",
          "dataset/single_prediction/cat_or_dog_{1..2}.jpg"],
         "split-above-classes", parts("cats", "dogs", test=3), unlabelled=2),
    Case("Intel scenes", ["seg_train/seg_train/{sea,street}/{1..3}.jpg",
                          "seg_test/seg_test/{sea,street}/{1..2}.jpg",
                          "seg_pred/seg_pred/{1..4}.jpg"],
         "split-above-classes", parts("sea", "street", test=2), unlabelled=4),
    Case("seg_pred once", ["seg_train/{sea,street}/{1..3}.jpg", "seg_test/{sea,street}/{1..2}.jpg",
                           "seg_pred/{1..4}.jpg"],
         "split-above-classes", parts("sea", "street", test=2), unlabelled=4),
    Case("test without labels", ["train/{cats,dogs}/{1..3}.jpg", "test/{1..4}.jpg"],
         "split-above-classes", parts("cats", "dogs"), unlabelled=4),
    Case("test in a folder of no meaning", ["train/{cats,dogs}/{1..3}.jpg",
                                            "test/unknown/{1..4}.jpg"],
         "split-above-classes", parts("cats", "dogs"), unlabelled=4),
    Case("Roboflow, zipped with its folder",
         ["Pets.v1i.folder/{train,valid,test}/{cat,dog}/a{1..3}_jpg.rf.0a1b2c3d.jpg",
          "Pets.v1i.folder/README.dataset.txt", "Pets.v1i.folder/README.roboflow.txt"],
         "split-above-classes", parts("cat", "dog", validation=3, test=3)),
    Case("chest X-rays twice, packed on a Mac",
         ["chest_xray/{train,val,test}/{NORMAL,PNEUMONIA}/{1..3}.jpeg",
          "chest_xray/chest_xray/{train,val,test}/{NORMAL,PNEUMONIA}/{1..3}.jpeg",
          "chest_xray/__MACOSX/chest_xray/{train,test}/NORMAL/._{1..3}.jpeg"],
         "split-above-classes", parts("NORMAL", "PNEUMONIA", validation=3, test=3), skipped=18),
    Case("Fruits-360", ["fruits-360/{Training,Test}/{Apple Braeburn,Kiwi}/{0..2}_100.jpg",
                        "fruits-360/test-multiple_fruits/apples{1..2}.jpg", "fruits-360/readme.md"],
         "split-above-classes", parts("Apple Braeburn", "Kiwi", test=3), unlabelled=2),
    Case("Imagenette", ["imagenette2/{train,val}/{n01440764,n02102040}/x_{1..3}.JPEG",
                        "imagenette2/noisy_imagenette.csv"],
         "split-above-classes", parts("n01440764", "n02102040", validation=3)),
    Case("MNIST as PNG", ["mnist_png/{training,testing}/{0..9}/{1..3}.png"],
         "split-above-classes", parts(*"0123456789", test=3)),
    Case("CIFAR-10", ["cifar10/{train,test}/{airplane,frog}/000{1..3}.png"],
         "split-above-classes", parts("airplane", "frog", test=3)),
    Case("sets in capitals", ["DATASET/{TRAIN,TEST}/{O,R}/{O,R}_{1..3}.jpg"],
         "split-above-classes", parts("O", "R", train=6, test=6)),
    Case("food with an evaluation", ["{training,validation,evaluation}/{Bread,Soup}/{1..3}.jpg"],
         "split-above-classes", parts("Bread", "Soup", validation=3, test=3)),
    Case("dev and hold-out", ["{train,dev,hold_out}/{a,b}/{1..3}.jpg"], "split-above-classes",
         parts("a", "b", validation=3, test=3)),
    Case("in German", ["{Training,Validierung,Testdaten}/{Katze,Hund}/{1..3}.jpg"],
         "split-above-classes", parts("Katze", "Hund", validation=3, test=3)),
    Case("in Chinese", ["{训练集,测试集}/{猫,狗}/{1..3}.jpg"], "split-above-classes",
         parts("猫", "狗", test=3)),
    Case("a split with one class", ["{train,test}/cats/{1..3}.jpg"], "split-above-classes",
         parts("cats", test=3)),
    Case("a class that the test lacks", ["train/{cats,dogs,owls}/{1..3}.jpg",
                                         "test/{cats,dogs}/{1..3}.jpg"],
         "split-above-classes", {**parts("cats", "dogs", test=3), **parts("owls")}),
    Case("images below each part (YOLO)", ["{train,valid}/images/a{1..9}.jpg",
                                           "{train,valid}/labels/a{1..9}.txt", "data.yaml"],
         "unlabelled", {}, unlabelled=18),
    Case("sign language, its test named by letter",
         ["asl_alphabet_train/asl_alphabet_train/{A,B,nothing}/X{1..3}.jpg",
          "asl_alphabet_test/asl_alphabet_test/{A,B,nothing}_test.jpg"],
         "split-above-classes", parts("A", "B", "nothing", test=1)),
    Case("a search's truth beside (MVTec)",
         ["bottle/train/good/{1..3}.png", "bottle/test/{good,broken}/{1..2}.png",
          "bottle/ground_truth/broken/{1..2}_mask.png", "bottle/license.txt"],
         "split-above-classes", {"broken": (0, 0, 2, 0), "good": (3, 0, 2, 0)}, skipped=2),
    Case("classes beside their test", ["{cats,dogs}/{1..3}.jpg", "test/{cats,dogs}/{1..2}.jpg"],
         "split-above-classes", {"cats": (0, 0, 2, 3), "dogs": (0, 0, 2, 3)}),
    Case("the part in the folder's name", ["{cats,dogs}_{train,test}/{1..3}.jpg"],
         "split-above-classes", parts("cats", "dogs", test=3)),
    Case("GTSRB", ["Train/{0..3}/0000{1..3}.png", "Test/000{0..3}.png", "Meta/{0..3}.png"],
         "split-above-classes", parts(*"0123", test=1), skipped=4,
         texts={"Train.csv": csv("Width,ClassId,Path", *(
             f"30,{c},Train/{c}/0000{n}.png" for c in range(4) for n in (1, 2, 3))),
             "Test.csv": csv("Width,ClassId,Path", *(f"30,{c},Test/000{c}.png" for c in range(4))),
             "Meta.csv": csv("Path,ClassId", *(f"Meta/{c}.png,{c}" for c in range(4)))}),
    Case("Tiny ImageNet",
         ["tiny/train/{n01443537,n01629819}/images/x_{0..2}.JPEG",
          "tiny/val/images/val_{0..3}.JPEG", "tiny/test/images/test_{0..4}.JPEG",
          "tiny/train/{n01443537,n01629819}/boxes.txt"],
         "split-above-classes", parts("n01443537", "n01629819", validation=2), unlabelled=5,
         texts={"tiny/val/val_annotations.txt": "".join(
             f"val_{n}.JPEG\t{('n01443537', 'n01629819')[n % 2]}\t0\t32\t44\t62\n"
             for n in range(4)), "tiny/wnids.txt": "n01443537\nn01629819\n"}),
    Case("leaves twice, in other letters, their test beside",
         ["Leaves(Augmented)/Leaves(Augmented)/{train,valid}/{Rust,Scab}/{1..3}.JPG",
          "leaves(augmented)/leaves(augmented)/{train,valid}/{Rust,Scab}/{1..3}.JPG",
          "test/test/AppleRust{1..4}.JPG"],
         "split-above-classes", parts("Rust", "Scab", validation=3), unlabelled=4, skipped=12),
    Case("rock, paper: three folders of one name", [
        "rps/rps/{rock,paper}/{1..3}.png", "rps-test-set/rps-test-set/{rock,paper}/{1..3}.png",
        "rps-validation/{rock,paper}{1..2}.png"],
         "split-above-classes", parts("rock", "paper", validation=2, test=3)),
    Case("cartoons twice, their test named", [
        "simpsons_dataset/{bart,homer}/p_{1..3}.jpg",
        "simpsons_dataset/simpsons_dataset/{bart,homer}/p_{1..3}.jpg",
        "kaggle_testset/kaggle_testset/{bart,homer}_{1..2}.jpg"],
         "split-above-classes", {"bart": (0, 0, 2, 3), "homer": (0, 0, 2, 3)}, skipped=6),
    Case("images and test", ["images/{cats,dogs}/{1..3}.jpg", "test/{1..4}.jpg"],
         "split-above-classes", plain("cats", "dogs"), unlabelled=4),
    Case("drivers: a table groups what folders label",
         ["imgs/train/c0/img_{1..4}0.jpg", "imgs/train/c1/img_{1..4}1.jpg",
          "imgs/test/img_9{1..4}.jpg"],
         "split-above-classes", parts("c0", "c1", train=4), unlabelled=4, groups=4, texts={
             "drivers.csv": csv("subject,classname,img", *(
                 f"p{n},c{c},img_{n}{c}.jpg" for n in range(1, 5) for c in (0, 1)))}),
    Case("the split of class folders in three tables (EuroSAT)",
         ["EuroSAT/Crop/Crop_{1..6}.jpg", "EuroSAT/Sea/Sea_{1..6}.jpg"],
         "class-folders", parts("Crop", "Sea", train=4, validation=1, test=1), texts={
             f"EuroSAT/{part}.csv": csv("n,Filename,Label,ClassName", *(
                 f"{n},{name}/{name}_{n}.jpg,{number},{name}"
                 for number, name in enumerate(("Crop", "Sea")) for n in numbers))
             for part, numbers in (("train", (1, 2, 3, 4)), ("validation", (5,)), ("test", (6,)))}),
    Case("app with its pictures", ["static/{1..3}.png", "dataset/{train,val}/{a,b}/{1..3}.png",
                                   "app.py"],
         "split-above-classes", parts("a", "b", validation=3), skipped=3),
    Case("test labelled by a table", ["train/{a,b}/{1..3}.png", "test/t{1..4}.png"],
         "split-above-classes", parts("a", "b", test=2), texts={
             "test.csv": csv("file,label", "t1.png,a", "t2.png,b", "t3.png,a", "t4.png,b")}),
    Case("masks beside both parts", ["{train,test}/{images,masks}/{1..4}.png"], "unlabelled", {},
         unlabelled=8, skipped=8),
    # classes above the split
    Case("objects with good and broken (MVTec, several)",
         ["{bottle,cable}/train/good/{1..3}.png", "bottle/test/{good,broken}/{1..2}.png",
          "cable/test/{good,bent}/{1..2}.png", "{bottle,cable}/ground_truth/x/{1..2}_mask.png"],
         "classes-above-split", parts("bottle", "cable", test=4), skipped=4),
    Case("a test folder in each class", ["{cats,dogs}/{1..9}.jpg", "{cats,dogs}/test/{1..3}.jpg"],
         "classes-above-split", {"cats": (0, 0, 3, 9), "dogs": (0, 0, 3, 9)}),
    Case("the split below the classes", ["{cats,dogs}/{train,test}/{1..3}.jpg"],
         "classes-above-split", parts("cats", "dogs", test=3)),
    Case("wrapped, with a validation", ["x/{cats,dogs}/{Train,Validation,Test}/{1..3}.jpg"],
         "classes-above-split", parts("cats", "dogs", validation=3, test=3)),
    # portions and groups
    Case("batches", ["batch{1,2}/{cats,dogs}/{1..3}.jpg"], "parts",
         plain("cats", "dogs", count=6)),
    Case("parts with letters", ["part-{a,b,c}/{cats,dogs}/{1..3}.jpg"], "parts",
         plain("cats", "dogs", count=9)),
    Case("folds", ["fold_{1..5}/{cats,dogs}/{1..3}.jpg"], "parts",
         plain("cats", "dogs", count=15)),
    Case("batches of different classes", ["batch1/{cats,dogs}/{1..3}.jpg",
                                          "batch2/{owls,ants}/{1..3}.jpg"],
         "parts", plain("cats", "dogs", "owls", "ants")),
    Case("batches with a split", ["batch{1,2}/{train,test}/{cats,dogs}/{1..3}.jpg"], "parts",
         parts("cats", "dogs", train=6, test=6)),
    Case("patients", ["patient_{1..4}/{ill,well}/{1..3}.png"], "parts",
         plain("ill", "well", count=12), groups=4),
    Case("breast histology by patient", ["IDC_regular/{10253,10254,10255}/{0,1}/x{1..3}_class.png"],
         "parts", plain("0", "1", count=9), groups=3),
    Case("days", ["2024-05-0{1..3}/{sun,rain}/{1..3}.jpg"], "parts",
         plain("sun", "rain", count=9), groups=3),
    Case("two places with a split and classes each", ["{farm,city}/{train,test}/{a,b}/{1..3}.jpg"],
         "parts", parts("a", "b", train=6, test=6)),
    Case("folds with a split", ["Fold{1..5}/{Train,Test}/{a,b}/{1..3}.png"], "parts",
         parts("a", "b", train=15, test=15)),
    Case("two formats", ["{jpg,png}/{a,b}/{1..3}.png"], "parts", plain("a", "b", count=6),
         groups=6),
    Case("hands by person and gesture", ["leap/{00..09}/{01_palm,02_l}/frame_{1..3}.png",
                                         "leap/leap/{00..09}/{01_palm,02_l}/frame_{1..3}.png"],
         "parts", plain("01_palm", "02_l", count=30), groups=10, skipped=60),
    Case("numbers of patients in each class", ["{benign,malignant}/{12345,67890}/{1..3}.png"],
         "class-folders", plain("benign", "malignant", count=6), groups=4),
    Case("frames of videos in each class", ["{walk,run}/video_{1,2}/frame_{1..3}.jpg"],
         "class-folders", plain("walk", "run", count=6), groups=4),
    Case("PlantVillage in three colours",
         ["plantvillage dataset/{color,grayscale,segmented}/{Apple___scab,Corn___rust}/{1..3}.jpg"],
         "parts", plain("Apple___scab", "Corn___rust", count=9), groups=6),
    # files of labels
    Case("Kaggle, train.csv and a form for answers",
         ["train_images/{0..5}.jpg", "test_images/{10..12}.jpg"], "table",
         parts("0", "1"), unlabelled=3, texts={
             "train.csv": csv("image_id,label", *(f"{n}.jpg,{n % 2}" for n in range(6))),
             "sample_submission.csv": csv("image_id,label", *(f"{n}.jpg,4" for n in (10, 11, 12)))
         }),
    Case("HAM10000", ["HAM10000_images_part_1/ISIC_{0..3}.jpg",
                      "HAM10000_images_part_2/ISIC_{4..7}.jpg"], "table",
         plain("nv", "mel", count=4), groups=4, texts={"HAM10000_metadata.csv": csv(
             "lesion_id,image_id,dx,dx_type,age", *(
                 f"HAM_{n // 2},ISIC_{n},{('nv', 'mel')[n % 2]},histo,{40 + n}"
                 for n in range(8)))}),
    Case("columns for file, label and split", ["imgs/{0..5}.jpg"], "table",
         {"a": (2, 1, 0, 0), "b": (2, 0, 1, 0)}, texts={"labels.csv": csv(
             "filename,label,split", "0.jpg,a,train", "1.jpg,b,train", "2.jpg,a,train",
             "3.jpg,b,TRAIN", "4.jpg,a,valid", "5.jpg,b,test")}),
    Case("one column for each class", ["{0..5}.jpg"], "table", plain("healthy", "rust", "scab",
                                                                     count=2),
         texts={"train.csv": csv("image_id,healthy,rust,scab", "0,1,0,0", "1,0,1,0", "2,0,0,1",
                                 "3,1,0,0", "4,0,1,0", "5,0,0,1")}),
    Case("Roboflow multi-class", ["{train,valid}/p{0..3}_jpg.rf.abc123ff.jpg"], "table",
         parts("cat", "dog", train=2, validation=2), texts={
             f"{part}/_classes.csv": csv("filename, cat, dog", *(
                 f"p{n}_jpg.rf.abc123ff.jpg, {n % 2}, {1 - n % 2}" for n in range(4)))
             for part in ("train", "valid")}),
    Case("ISIC, one-hot with decimals", ["ISIC_2019_Training_Input/ISIC_00{0..5}.jpg"], "table",
         plain("MEL", "NV"), texts={"ISIC_2019_Training_GroundTruth.csv": csv(
             "image,MEL,NV,BCC", *(f"ISIC_00{n},{float(n % 2)},{float(1 - n % 2)},0.0"
                                   for n in range(6)))}),
    Case("Hugging Face metadata.jsonl", ["train/{0..3}.png", "test/{4..5}.png"], "table",
         {"a": (2, 0, 1, 0), "b": (2, 0, 1, 0)}, texts={
             "train/metadata.jsonl": "".join(
                 f'{{"file_name": "{n}.png", "label": "{"ab"[n % 2]}"}}\n' for n in range(4)),
             "test/metadata.jsonl": "".join(
                 f'{{"file_name": "{n}.png", "label": "{"ab"[n % 2]}"}}\n' for n in (4, 5))}),
    Case("COCO for classification", ["train/{0..3}.jpg"], "table", parts("cat", "dog", train=2),
         texts={"train/_annotations.coco.json": json.dumps({
             "images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(4)],
             "annotations": [{"image_id": n, "category_id": 1 + n % 2} for n in range(4)],
             "categories": [{"id": n, "name": name} for n, name in enumerate(["", "cat", "dog"])]
         })}),
    Case("TSV without known names", ["pics/{0..5}.jpg"], "table", plain("oak", "elm"),
         texts={"trees.tsv": csv("scan\tnotes\ttree", *(
             f"{n}.jpg\t{n}\t{('oak', 'elm')[n % 2]}" for n in range(6)))}),
    Case("a list with spaces (Caffe)", ["images/{0..5}.jpg"], "table", plain("0", "1"),
         texts={"list.txt": "".join(f"images/{n}.jpg {n % 2}\n" for n in range(6))}),
    Case("JSON of labels", ["pics/{0..3}.jpg"], "table", plain("a", "b", count=2),
         texts={"labels.json": '{"0.jpg": "a", "1.jpg": "b", "2.jpg": "a", "3.jpg": "b"}'}),
    Case("JSON of files by label", ["pics/{0..3}.jpg"], "table", plain("a", "b", count=2),
         texts={"labels.json": '{"a": ["0.jpg", "2.jpg"], "b": ["1.jpg", "3.jpg"]}'}),
    Case("a column of patients", ["{0..7}.png"], "table", plain("x", "y", count=4), groups=2,
         texts={"l.csv": csv("image,diagnosis,patient_id", *(
             f"{n}.png,{'xy'[n % 2]},P{n // 4}" for n in range(8)))}),
    Case("flowers with a table", ["jpg/image_000{1..6}.jpg"], "table", plain("daisy", "rose"),
         texts={"labels.csv": csv("file,label", *(
             f"image_000{n},{('daisy', 'rose')[n % 2]}" for n in range(1, 7)))}),
    Case("pictures that the table does not name", ["{0..7}.jpg"], "table", plain("a", "b"),
         unlabelled=2, texts={"l.csv": csv("file,label", *(
             f"{n}.jpg,{'ab'[n % 2]}" for n in range(6)))}),
    Case("folders that only portion what a table labels", ["{00,0a,ff}/p{1..4}_{x,y}.jpg"],
         "table", plain("old", "new", count=12), texts={"l.csv": csv("file,label", *(
             f"{folder}/p{n}_{end}.jpg,{('old', 'new')[n % 2]}" for folder in ("00", "0a", "ff")
             for n in range(1, 5) for end in "xy"))}),
    Case("a table beside class folders", ["{cats,dogs}/{1..3}.jpg"], "class-folders",
         plain("cats", "dogs"), texts={"meta.csv": csv("file,label", "1.jpg,x", "2.jpg,y")}),
    Case("Food-101 with its lists", ["food-101/images/{apple_pie,sushi}/{1..4}.jpg"],
         "class-folders", parts("apple_pie", "sushi", test=1), texts={
             "food-101/meta/classes.txt": "apple_pie\nsushi\n",
             "food-101/meta/train.txt": "".join(
                 f"{c}/{n}\n" for c in ("apple_pie", "sushi") for n in (1, 2, 3)),
             "food-101/meta/test.txt": "apple_pie/4\nsushi/4\n"}),
    Case("one table for each part, of different classes", ["images/n{1..6}.jpg"], "table",
         {"a": (1, 0, 0, 0), "b": (1, 0, 0, 0), "c": (0, 1, 0, 0), "d": (0, 1, 0, 0),
          "e": (0, 0, 1, 0), "f": (0, 0, 1, 0)}, texts={
             "train.csv": csv("filename,label", "n1.jpg,a", "n2.jpg,b"),
             "val.csv": csv("filename,label", "n3.jpg,c", "n4.jpg,d"),
             "test.csv": csv("filename,label", "n5.jpg,e", "n6.jpg,f")}),
    Case("X-rays: several findings, patients and lists (NIH)",
         ["images_001/images/0000{1..2}_00{0,1}.png", "images_002/images/0000{3..4}_00{0,1}.png"],
         "table", {"Mass": (2, 0, 2, 0), "No Finding": (2, 0, 0, 0)}, unlabelled=2, groups=3,
         texts={
             "Data_Entry.csv": csv("Image Index,Finding Labels,Follow-up #,Patient ID", *(
                 f"0000{n}_00{k}.png,{('', 'Mass', 'No Finding', 'Mass', 'Hernia|Mass')[n]},{k},{n}"
                 for n in range(1, 5) for k in (0, 1))),
             "train_val_list.txt": "00001_000.png\n00001_001.png\n00002_000.png\n00002_001.png\n",
             "test_list.txt": "00003_000.png\n00003_001.png\n00004_000.png\n00004_001.png\n"}),
    Case("captions are no labels", ["Images/{1..6}.jpg"], "unlabelled", {}, unlabelled=6, texts={
        "captions.txt": csv("image,caption", *(f"{n}.jpg,dog number {n}" for n in range(1, 7)))}),
    # labels in file names
    Case("dogs and cats (Kaggle)", ["train/{cat,dog}.{0..4}.jpg", "test1/{1..4}.jpg"],
         "file-names", parts("cat", "dog", train=5), unlabelled=4),
    Case("one of each", ["train/cat.0.jpg", "train/dog.0.jpg"], "file-names",
         parts("cat", "dog", train=1)),
    Case("Oxford pets", ["images/{Abyssinian,american_bulldog}_{1..9}.jpg",
                         "annotations/trimaps/{Abyssinian,american_bulldog}_{1..9}.png",
                         "annotations/xmls/Abyssinian_1.xml"],
         "file-names", plain("Abyssinian", "american_bulldog", count=9), skipped=18),
    Case("numbers before names", ["{001..008}_{rose,tulip}.png"], "file-names",
         plain("rose", "tulip", count=8)),
    Case("in brackets", ["set/{cat,dog} ({1..5}).jpg"], "file-names",
         plain("cat", "dog", count=5)),
    Case("with a camera's word before", ["img_{cat,dog}_{001..005}.jpg"], "file-names",
         plain("cat", "dog", count=5)),
    Case("the part in the name too", ["{train,test}_{cat,dog}_{001..005}.jpg"], "file-names",
         parts("cat", "dog", train=5, test=5)),
    Case("the class at the end", ["x{1..4}_y{1..3}_class{0,1}.png"], "file-names",
         plain("class0", "class1", count=12)),
    Case("digits as classes", ["{0..4}_{0001..0008}.png"], "file-names",
         plain(*"01234", count=8)),
    Case("Roboflow's long names", ["export/{ant,bee}-{1..6}_jpg.rf.00ff{1..2}aa1122.jpg"],
         "file-names", plain("ant", "bee", count=12)),
    # nothing says a class
    Case("a camera's names", ["DCIM/100CANON/IMG_{0001..0020}.JPG"], "unlabelled", {},
         unlabelled=20),
    Case("two cameras", ["IMG_{0001..0009}.JPG", "DSC_{0001..0009}.JPG"], "unlabelled", {},
         unlabelled=18),
    Case("photos with describing names", ["photos/{red,old}_{house,car,tree}.jpg"], "unlabelled",
         {}, unlabelled=6),
    Case("train and test without labels", ["{train,test}/{1..9}.jpg"], "unlabelled", {},
         unlabelled=18),
    Case("UTKFace: three numbers that could be it",
         ["faces/UTKFace/{20..27}_{0,1}_{0..4}_2017010{1..2}.jpg.chip.jpg"], "one-class",
         plain("UTKFace", count=160)),
    Case("flowers without their table", ["jpg/image_{0001..0009}.jpg"], "unlabelled", {},
         unlabelled=9),
    Case("one class, to add to a data set", ["cats/{1..5}.jpg"], "one-class",
         plain("cats", count=5)),
    Case("one class, wrapped", ["my data/images/owls/{1..5}.jpg"], "one-class",
         plain("owls", count=5)),
    # masks and such
    Case("COVID radiography with masks", ["{COVID,Normal}/{images,masks}/x-{1..3}.png",
                                          "{COVID,Normal}.metadata.xlsx", "README.md.txt"],
         "class-folders", plain("COVID", "Normal"), skipped=6),
    Case("ultrasound with masks beside", ["{benign,normal}/{benign,normal} ({1..3}){,_mask}.png"],
         "class-folders", plain("benign", "normal", count=6), skipped=12),
    Case("birds with segmentations",
         ["CUB/images/{001.Albatross,002.Auklet}/{1..3}.jpg",
          "CUB/segmentations/{001.Albatross,002.Auklet}/{1..3}.png", "CUB/images.txt"],
         "class-folders", plain("001.Albatross", "002.Auklet"), skipped=6),
    Case("dogs with annotations without an ending",
         ["images/Images/{n01-Chihuahua,n02-Boxer}/{1..3}.jpg",
          "annotations/Annotation/{n01-Chihuahua,n02-Boxer}/{1..3}"],
         "class-folders", plain("n01-Chihuahua", "n02-Boxer")),
    Case("Caltech-101", ["caltech-101/101_ObjectCategories/{ant,beaver}/image_{0001..0003}.jpg",
                         "caltech-101/Annotations/ant/annotation_{0001..0003}.mat"],
         "class-folders", plain("ant", "beaver")),
    Case("BreakHis", ["v1/breast/{benign,malignant}/SOB/{a,b}/SOB_{1,2}/{40X,100X}/{1..2}.png"],
         "class-folders", plain("benign", "malignant", count=16)),
    Case("EuroSAT", ["2750/{AnnualCrop,Forest}/{AnnualCrop,Forest}_{1..3}.jpg"],
         "class-folders", plain("AnnualCrop", "Forest", count=6)),
    Case("PetImages", ["PetImages/{Cat,Dog}/{0..4}.jpg", "PetImages/Cat/Thumbs.db",
                       "readme[1].txt", "MSR-LA - 3467.docx"],
         "class-folders", plain("Cat", "Dog", count=5)),
    # real downloads that the reader had not seen
    Case("the same names in train and test, a table for train (butterflies)",
         ["train/Image_{1..6}.jpg", "test/Image_{1..3}.jpg"], "table",
         parts("MONARCH", "ADONIS"), unlabelled=3, texts={
             "Training_set.csv": csv("filename,label", *(
                 f"Image_{n}.jpg,{('MONARCH', 'ADONIS')[n % 2]}" for n in range(1, 7))),
             "Testing_set.csv": csv("filename", "Image_1.jpg", "Image_2.jpg", "Image_3.jpg")}),
    Case("tasks of Label Studio", ["images/{0..3}.jpg"], "table", plain("x", "y", count=2), texts={
        "export.json": json.dumps([{
            "id": n, "data": {"image": f"/data/upload/1/{n}.jpg"}, "annotations": [{"result": [{
                "type": "choices", "value": {"choices": ["xy"[n % 2]]}}]}]} for n in range(4)])}),
    Case("left to do, beside classes",
         ["{cats,dogs}/{1..3}.jpg", "{unsorted,to_predict,2024-05-01}/{1..3}.jpg"],
         "class-folders", plain("cats", "dogs"), unlabelled=9),
    Case("a code with a letter is no class", ["images/{NP,P}{1..6}-{1..2}r.jpg"], "unlabelled", {},
         unlabelled=24),
    Case("numbers, and a file with their names (cassava)",
         ["cassava/train_images/{1..6}.jpg", "cassava/test_images/9.jpg"], "table",
         parts("CBB", "CBSD"), unlabelled=1, texts={
             "cassava/train.csv": csv("image_id,label", *(f"{n}.jpg,{n % 2}" for n in range(1, 7))),
             "cassava/label_num_to_disease_map.json": '{"0": "CBB", "1": "CBSD"}'}),
    Case("processed with a split, raw without one",
         ["data/processed/{train,val}/{cat,dog}/{1..3}.jpg", "data/raw/{cat,dog}/{1..6}.jpg"],
         "split-above-classes", parts("cat", "dog", validation=3), skipped=12),
    Case("a larger copy without a split (casting)",
         ["data/data/{train,test}/{def,ok}/{1..3}.jpeg", "big_512/big_512/{def,ok}/{7..9}.jpeg"],
         "split-above-classes", parts("def", "ok", test=3), skipped=6),
    Case("only the validation says so (horse or human)",
         ["horse-or-human/{horses,humans}/h{1..3}.png",
          "validation-horse-or-human/{horses,humans}/v{1..3}.png"],
         "split-above-classes", parts("horses", "humans", validation=3)),
    Case("training shoes and hiking boots",
         ["{training shoes,hiking boots}/{men,women}/{1..3}.jpg"], "class-folders",
         plain("training shoes", "hiking boots", count=6)),
    Case("a copy of a class by Windows", ["cats/{1..3}.jpg", "cats - Copy/{1..3}.jpg",
                                          "dogs/{1..3}.jpg"],
         "class-folders", plain("cats", "dogs"), skipped=3),
    Case("folders that nobody named", ["Neuer Ordner/cats/{1..3}.jpg",
                                       "Neuer Ordner (2)/dogs/{4..6}.jpg"],
         "parts", plain("cats", "dogs")),
    Case("days without classes", ["2024-05-0{1..4}/IMG_00{1..9}.JPG"], "unlabelled", {},
         unlabelled=36),
    Case("days with different classes", ["2024-05-01/{cats,dogs}/{1..3}.jpg",
                                         "2024-05-02/owls/{1..3}.jpg"],
         "parts", plain("cats", "dogs", "owls"), groups=2),
    Case("people, the class in the file's name", ["user_{3..5}/{A,B}{0..9}.jpg"], "file-names",
         plain("A", "B", count=30), groups=3),
    Case("food by numbers, its test without (Food-11)",
         ["food/{training,validation}/{0..3}_{0..24}.jpg", "food/testing/{0000..0009}.jpg"],
         "file-names", parts(*"0123", train=25, validation=25), unlabelled=10),
    Case("in Russian", ["{обучение,тест}/{кошки,собаки}/{1..3}.jpg"], "split-above-classes",
         parts("кошки", "собаки", test=3)),
    Case("in Arabic", ["{تدريب,اختبار}/{قطط,كلاب}/{1..3}.jpg"], "split-above-classes",
         parts("قطط", "كلاب", test=3)),
    Case("in Turkish", ["{eğitim,doğrulama,test}/{kedi,köpek}/{1..3}.jpg"], "split-above-classes",
         parts("kedi", "köpek", validation=3, test=3)),
    Case("Edge Impulse", ["{training,testing}/{cat,dog}.{2q1h0a1s,3abf90ss,5hkl3bu1}.jpg"],
         "file-names", parts("cat", "dog", test=3)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_read_as_an_attentive_person_would(case):
    assert seen(case) == case.expected


@pytest.mark.parametrize(("files", "layout", "classes"), [
    (["{train,test}/{cats,dogs}/{1..3}.jpg"], "folders-as-they-are",
     plain("train", "test", count=6)),
    (["{cats,dogs}/{in,out}/{1..3}.jpg"], "parts", plain("in", "out", count=6)),
    (["cats/{persian,siamese}/{1..3}.jpg", "dogs/boxer/{1..3}.jpg"], "inner-folders",
     plain("persian", "siamese", "boxer")),
    (["batch{1,2}/{cats,dogs}/{1..3}.jpg"], "folders-as-they-are",
     plain("batch1", "batch2", count=6)),
    (["{cats,dogs}/{1..3}.jpg", "test/{1..3}.jpg"], "folders-as-they-are",
     plain("cats", "dogs", "test")),
    (["{a,b}/{cat,dog}_{1..3}.jpg"], "file-names", plain("cat", "dog", count=6)),
    (["{train,test}/{1..3}.jpg"], "folders-as-they-are", plain("train", "test")),
    (["{a,b}/{1..3}.jpg"], "one-class", plain("pictures", count=6)),
    (["{a,b}/{1..3}.jpg"], "unlabelled", {}),
])
def test_another_reading_can_be_chosen(files, layout, classes):
    found = read(Case("", files, "", {}))
    assert found[0].layout != layout
    assert counts(layouts.chosen(found, layout)) == classes
    assert layouts.chosen(found, "") is found[0]


@pytest.mark.parametrize(("files", "note", "layout", "classes"), [
    (["Klasse 7a/{Anna,Ben}/{Hund,Katze}/1.jpg", "Klasse 7b/{Cem,Dora}/{Hund,Katze}/1.jpg"],
     "The innermost folders are the same: Hund, Katze. Are these the classes?", "inner-folders",
     plain("Hund", "Katze", count=4)),
    (["{Anna,Ben,Cem}/{Hund,Katze}/1.jpg", "Dora/Hund/1.jpg"],
     "The same folders lie in each class: Hund, Katze. Are these the classes?", "parts",
     {"Hund": (0, 0, 0, 4), "Katze": (0, 0, 0, 3)}),
    (["lung/{lung_aca,lung_n}/1.jpg", "colon/{colon_aca,colon_n}/1.jpg"],
     "Further folders lie in the classes: colon_aca, colon_n, lung_aca and 1 more. "
     "Are these the classes?", "inner-folders",
     plain("lung_aca", "lung_n", "colon_aca", "colon_n", count=1)),
    (["user_{3..5}/{1..9}.jpg"], "The folders user_3, user_4, user_5 may be groups. "
     "Are they the classes?", "unlabelled", {}),
    (["cats/{1..3}.jpg", "cats (2)/{4..6}.jpg", "dogs/{1..3}.jpg"],
     "cats (2) may be more of cats. Should they be one class?", "one-class",
     plain("pictures", count=9)),
    (["{yes,no}/{1..9}.jpg", "masks_rcnn/{TRAIN,TEST}/{1..3}.jpg"],
     "The folder masks_rcnn holds TEST, TRAIN, unlike those beside it. Is it a class?",
     "one-class", plain("pictures", count=24)),
    (["{lehren,test}/{a,b}/{1..3}.jpg"],
     "lehren: the same classes, without a part of the split in the name.", "folders-as-they-are",
     plain("lehren", "test", count=6)),
])
def test_what_may_be_meant_otherwise_is_asked(files, note, layout, classes):
    found = read(Case("", files, "", {}))
    assert note in found[0].notes
    assert counts(layouts.chosen(found, layout)) == classes


def test_a_table_beside_class_folders_can_be_chosen():
    found = read(Case("", ["{cats,dogs}/{1..2}.jpg"], "", {}, texts={"l.csv": csv(
        "file,label", *(f"{folder}/{n}.jpg,{'xy'[n % 2]}" for folder in ("cats", "dogs")
                        for n in (1, 2)))}))
    assert [reading.layout for reading in found][:2] == ["class-folders", "table"]
    assert counts(found[1]) == plain("x", "y", count=2)
    assert found[1].report["matched"] == 4


def test_an_unknown_layout_is_answered_with_those_that_fit():
    found = read(Case("", ["{cats,dogs}/{1..3}.jpg"], "", {}))
    with pytest.raises(DatasetError, match=r"class-folders, one-class, unlabelled\.$") as caught:
        layouts.chosen(found, "clas-folders")
    assert "clas-folders" in str(caught.value)


@pytest.mark.parametrize("paths", [[], [("a.txt",)], [(".hidden", "a.jpg")], [("cats", "LICENSE")],
                                   [("__MACOSX", "cats", "1.jpg")]])
def test_no_pictures_is_a_sentence(paths):
    with pytest.raises(DatasetError, match="found"):
        layouts.readings(paths, lambda path: b"")


@pytest.mark.parametrize(("paths", "words"), [
    ([("train.zip",), ("labels.csv",)], "among 2 files; most end in .* Unpack train.zip first."),
    ([("a", "1.ppm"), ("a", "2.ppm"), ("x.csv",)], "most end in .ppm. Save them as PNG or JPEG"),
    ([("a.csv",), ("b.csv",)], "most end in .csv. Put the pictures"),
    ([("LICENSE",)], "among 1 files. Put the pictures"),
    ([("a." + "x" * 300,)], "No pictures were found"),
])
def test_what_lies_there_instead_of_pictures_is_said(paths, words):
    with pytest.raises(DatasetError, match=words) as caught:
        layouts.readings(paths, lambda path: b"")
    assert len(str(caught.value)) <= 140


def test_files_without_an_ending_are_looked_into():
    content = {"x": b"\xff\xd8\xff\xe0", "y": b"<annotation>"}
    paths = [(folder, name) for folder in "xy" for name in "abc"]
    best = layouts.readings(paths, lambda path: content[path[0]])[0]
    assert {item.path[0] for item in best.items} == {"x"}


def test_names_that_look_alike_are_asked_about():
    best = read(Case("", ["{Cat,cat,dog}/{1..3}.jpg"], "", {}))[0]
    assert best.look_alike == [("Cat", "cat")]
    assert "These names look alike: Cat, cat. Should they be one class?" in best.notes


def test_classes_and_pictures_come_in_natural_order():
    best = read(Case("", ["{1..12}/{1..10}.jpg"], "", {}))[0]
    assert best.classes == [str(number) for number in range(1, 13)]
    assert [item.path[1] for item in best.items[:3]] == ["1.jpg", "2.jpg", "3.jpg"]
    assert best.items[9].path == ("1", "10.jpg")


def test_labels_that_a_person_gives_count_more_than_folders():
    given = labels.parse(b"file,label\na/1.jpg,x\nb/1.jpg,y\n", "l.csv")
    paths = [("a", "1.jpg"), ("b", "1.jpg"), ("b", "2.jpg")]
    best, *others = layouts.readings(paths, lambda path: b"", given)
    assert (best.layout, counts(best), len(best.items)) == ("table", plain("x", "y", count=1), 3)
    assert others[0].layout == "class-folders"
    assert best.report["unnamed"] == 1


def test_a_deep_path_and_many_files_are_read_quickly():
    paths = [(*("x" * 300), f"{number}.jpg") for number in range(3)]
    paths += [(f"c{number % 200}", f"{number}.jpg") for number in range(5_000)]
    assert len(layouts.readings(paths, lambda path: b"")[0].classes) == 201
